-- A random sample of the traces that start in [start_ns, end_ns): the same for the same seed and traces. Ordered by
-- the drawn number, then id. Asked by storage.queue_samples.draw.
SELECT trace_id, '' AS span_id
FROM
(
    SELECT trace_id
    FROM traces FINAL
    WHERE project_id = {project:String}
        AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
        /* filters */
)
ORDER BY sipHash64({seed:Int64}, trace_id), trace_id
LIMIT {limit:UInt32}
