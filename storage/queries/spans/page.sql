-- Which spans a page has: ids, minute (seconds since 1970) and place in the order, for spans that start in
-- [start_ns, end_ns). Ordered by place, then ids; `direction` is 1 or -1. Asked by storage.spans.list_spans.
SELECT trace_id, span_id, minute, {sort:Identifier} * {direction:Int8} AS place
FROM
(
    SELECT
        trace_id,
        span_id,
        toInt64(toUnixTimestamp(start_minute)) AS minute,
        toUnixTimestamp64Nano(start_time) AS by_start_time,
        toInt64(duration_ns) AS by_duration,
        toInt64(round(ifNull(reported_cost_usd, -1) * 1e9)) AS by_cost,
        toInt64(total_tokens) AS by_tokens
    FROM spans
    WHERE project_id = {project:String}
        AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
        AND start_minute <= toDateTime(intDiv({end_ns:Int64}, 60000000000) * 60, 'UTC')
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
        /* filters */
)
WHERE (place, trace_id, span_id) > ({after:Int64}, {after_id:String}, {after_span:String})
ORDER BY place, trace_id, span_id
LIMIT {limit:UInt32}
