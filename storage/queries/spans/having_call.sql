-- A set, for `(trace_id, span_id) IN (...)`: spans that report a call that a filter is about, of calls that start in
-- [start_ns, end_ns]. Part of the questions about spans; no order and no limit, as it is a set.
SELECT trace_id, span_id
FROM calls FINAL
WHERE project_id = {project:String}
    AND hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
    /* filters */
