-- A set, for `(trace_id, span_id) IN (...)`: spans to which a log record added a content. Part of a search of spans;
-- no order and no limit, as it is a set. Log records may be a day off the span's clock.
SELECT trace_id, span_id
FROM span_additions
WHERE project_id = {project:String}
    AND time >= fromUnixTimestamp64Nano({start_ns:Int64} - 86400000000000, 'UTC')
    AND time <= fromUnixTimestamp64Nano({reach_ns:Int64} + 86400000000000, 'UTC')
    /* filters */
