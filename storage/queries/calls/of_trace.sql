-- Every span of a trace that reports a call of a model: whether it counts, at which price it costs what. In order of
-- start. Asked by storage.costs.call_rows.
SELECT
    span_id, duration_ns, operation, provider, model, request_model, response_model, service_tier, processing, failed,
    retried, self_hosted, toUnixTimestamp64Nano(start_time) AS start_time_unix_nano,
    toFloat64(reported_cost_usd) AS reported_cost_usd, f.counted AS counted, f.rule AS rule,
    f.input_tokens AS input_tokens, f.uncached_input_tokens AS uncached_input_tokens,
    f.cache_read_tokens AS cache_read_tokens, f.cache_write_tokens AS cache_write_tokens,
    f.output_tokens AS output_tokens, f.reasoning_tokens AS reasoning_tokens, f.usage_mismatch AS usage_mismatch,
    f.uncovered_tokens AS uncovered_tokens, f.price AS price, f.price_name AS price_name, f.cost_usd AS cost_usd,
    f.input_cost_usd AS input_cost_usd, f.cache_read_cost_usd AS cache_read_cost_usd,
    f.cache_write_cost_usd AS cache_write_cost_usd, f.output_cost_usd AS output_cost_usd,
    f.request_cost_usd AS request_cost_usd, f.list_cost_usd AS list_cost_usd,
    f.cache_savings_usd AS cache_savings_usd, f.gpu_seconds AS gpu_seconds
FROM
(
    SELECT
        *, if(next_costing != 0 AND next_costing IN (${calls/published_costings}), next, now) AS f
    FROM calls FINAL
    WHERE project_id = {project:String} AND hour IN {hours:Array(DateTime('UTC'))} AND trace_id = {trace_id:String}
)
ORDER BY start_time_unix_nano, span_id
LIMIT {limit:UInt32}
