-- A set, for `trace_id IN (...)`: traces with a span that holds a content, its own or one that a log record added.
-- Part of a search of traces; no order and no limit, as it is a set. Log records may be a day off the span's clock.
SELECT trace_id
FROM
(
    SELECT trace_id, contents
    FROM spans
    WHERE project_id = {project:String}
        AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
        AND start_minute <= toDateTime(intDiv({reach_ns:Int64}, 60000000000) * 60, 'UTC')
    UNION ALL
    SELECT trace_id, contents
    FROM span_additions
    WHERE project_id = {project:String}
        AND time >= fromUnixTimestamp64Nano({start_ns:Int64} - 86400000000000, 'UTC')
        AND time <= fromUnixTimestamp64Nano({reach_ns:Int64} + 86400000000000, 'UTC')
)
WHERE true
    /* filters */
