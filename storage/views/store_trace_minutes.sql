SELECT DISTINCT project_id, trace_id, start_minute AS minute FROM spans_in
