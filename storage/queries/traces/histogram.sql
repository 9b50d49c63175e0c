-- Figures of the traces that start in [start_ns, end_ns), by steps of `step_ns` nanoseconds counted from start_ns;
-- steps without traces are absent. Durations in seconds, cost in US dollars. In order of time.
-- Asked by storage.traces.histogram.
SELECT
    intDiv(toUnixTimestamp64Nano(start_time) - {start_ns:Int64}, {step_ns:Int64}) AS step,
    count() AS traces,
    countIf(status = 'error') AS errors,
    quantileTDigest(0.5)(duration_ns / 1e9) AS duration_p50_s,
    quantileTDigest(0.95)(duration_ns / 1e9) AS duration_p95_s,
    sum(total_tokens) AS tokens,
    sum(ifNull(cost_usd, 0)) AS cost
FROM traces FINAL
WHERE project_id = {project:String}
    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    /* filters */
GROUP BY step
ORDER BY step
LIMIT {limit:UInt32}
