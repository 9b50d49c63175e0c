-- A set, for `session_id IN (...)`: sessions with a trace that fits the filters and starts in [start_ns, end_ns).
-- Part of the list of sessions; no order and no limit, as it is a set.
SELECT session_id
FROM traces FINAL
WHERE project_id = {project:String}
    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    /* filters */
