-- A set, for `trace_id IN (...)`: traces with a call that a filter is about, of calls that start in
-- [start_ns, reach_ns]. Part of the questions about traces; no order and no limit, as it is a set.
SELECT trace_id
FROM calls FINAL
WHERE project_id = {project:String}
    AND hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND hour <= toDateTime(intDiv({reach_ns:Int64}, 3600000000000) * 3600, 'UTC')
    /* filters */
