-- What the serving tier did in [start_ns, end_ns), by model and engine: how many requests it served, those for which no
-- span above reports a call, and their tokens. The busiest first. Asked by storage.costs.hosting.
SELECT
    model, engine, uniqExact(instance) AS instances, count() AS servings, countIf(call = 0) AS without_call,
    sum(input_tokens) AS input_tokens, sum(output_tokens) AS output_tokens,
    sum(duration_ns) / 1e9 AS request_seconds, quantile(0.95)(queue_s) AS queue_p95_s
FROM servings FINAL
WHERE project_id = {project:String}
    AND hour >= toStartOfHour(fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC'))
    AND hour <= toStartOfHour(fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC'))
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
GROUP BY model, engine
ORDER BY servings DESC, model, engine
LIMIT {limit:UInt32}
