SELECT * EXCEPT texts FROM spans_in
