SELECT
    project_id, toStartOfHour(start_minute) AS hour, tenant_id, feature, environment, service_name, operation, provider, model,
    count() AS spans,
    countIf(status = 'error') AS errors,
    sumIf(s.input_tokens, counts_usage) AS input_tokens,
    sumIf(s.cache_read_tokens, counts_usage) AS cache_read_tokens,
    sumIf(s.cache_write_tokens, counts_usage) AS cache_write_tokens,
    sumIf(s.output_tokens, counts_usage) AS output_tokens,
    sumIf(s.reasoning_tokens, counts_usage) AS reasoning_tokens,
    sumIf(ifNull(s.reported_cost_usd, 0), counts_usage) AS reported_cost_usd,
    countIf(counts_usage AND isNull(s.reported_cost_usd)) AS unpriced_calls,
    quantilesTDigestState(0.5, 0.95, 0.99)(duration_ns / 1e9) AS durations_s
FROM spans_in AS s
GROUP BY project_id, hour, tenant_id, feature, environment, service_name, operation, provider, model
