-- A random sample of the spans that start in [start_ns, end_ns): the same for the same seed and spans. Ordered by the
-- drawn number, then ids. Asked by storage.queue_samples.draw.
SELECT trace_id, span_id
FROM
(
    SELECT trace_id, span_id
    FROM spans
    WHERE project_id = {project:String}
        AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
        AND start_minute <= toDateTime(intDiv({end_ns:Int64}, 60000000000) * 60, 'UTC')
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
        /* filters */
)
ORDER BY sipHash64({seed:Int64}, trace_id, span_id), trace_id, span_id
LIMIT {limit:UInt32}
