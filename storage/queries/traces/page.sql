-- Which traces a page has: id, hour (seconds since 1970) and place in the order, for traces that start in
-- [start_ns, end_ns). Ordered by place, then id; `direction` is 1 or -1. Narrow: the page's rows are read after it.
-- Asked by storage.traces.list_traces.
SELECT trace_id, hour, {sort:Identifier} * {direction:Int8} AS place
FROM
(
    SELECT
        trace_id,
        toInt64(toUnixTimestamp(start_hour)) AS hour,
        toUnixTimestamp64Nano(start_time) AS by_start_time,
        toInt64(duration_ns) AS by_duration,
        -- whole nano-dollars, so that places are integers; traces without a cost come last where dear ones come first
        toInt64(round(ifNull(cost_usd, -1) * 1e9)) AS by_cost,
        toInt64(total_tokens) AS by_tokens,
        toInt64(error_count) AS by_errors,
        toInt64(span_count) AS by_spans
    FROM traces FINAL
    WHERE project_id = {project:String}
        AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
        /* filters */
)
WHERE (place, trace_id) > ({after:Int64}, {after_id:String})
ORDER BY place, trace_id
LIMIT {limit:UInt32}
