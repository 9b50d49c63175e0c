-- A set, for other questions of this folder: the calls that count and start in [start_ns, end_ns), with the figures
-- that are published.
SELECT
    trace_id, span_id, start_time, duration_ns, tenant_id, feature, prompt_name, prompt_version, operation, provider, model,
    request_model, response_model, service_tier, processing, failed, streamed,
    toUnixTimestamp64Nano(start_time) AS start_ns, start_ns + duration_ns AS end_ns,
    if(is_next, next.price, now.price) AS price,
    if(is_next, next.input_tokens, now.input_tokens) AS input_tokens,
    if(is_next, next.cache_read_tokens, now.cache_read_tokens) AS cache_read_tokens,
    if(is_next, next.cache_write_tokens, now.cache_write_tokens) AS cache_write_tokens,
    if(is_next, next.output_tokens, now.output_tokens) AS output_tokens,
    if(is_next, next.cost_usd, now.cost_usd) AS cost_usd,
    if(is_next, next.output_cost_usd, now.output_cost_usd) AS output_cost_usd,
    if(is_next, next.request_cost_usd, now.request_cost_usd) AS request_cost_usd
FROM
(
    SELECT
        trace_id, span_id, start_time, duration_ns, tenant_id, feature, prompt_name, prompt_version, operation, provider,
        model, request_model, response_model, service_tier, processing, failed, streamed, now, next,
        next_costing != 0 AND next_costing IN (${calls/published_costings}) AS is_next
    FROM calls FINAL
    WHERE project_id = {project:String}
        AND hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
)
WHERE if(is_next, next.counted, now.counted)
