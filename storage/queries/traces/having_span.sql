-- A set, for `trace_id IN (...)`: traces with a span that a filter is about, of spans that start in
-- [start_ns, reach_ns]. Part of the questions about traces; no order and no limit, as it is a set.
SELECT trace_id
FROM spans
WHERE project_id = {project:String}
    AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
    AND start_minute <= toDateTime(intDiv({reach_ns:Int64}, 60000000000) * 60, 'UTC')
    /* filters */
