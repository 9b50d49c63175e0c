-- Every call that counts in [start_ns, end_ns): what it cost, at which rates, what it was sent (as one hash), and whether
-- anybody waited for it. In order of time. Asked by storage.savings.
SELECT
    c.trace_id AS trace_id, c.span_id AS span_id, c.start_ns AS start_ns, c.end_ns AS end_ns,
    c.tenant_id AS tenant_id, c.feature AS feature, c.prompt_name AS prompt_name, c.prompt_version AS prompt_version,
    c.operation AS operation, c.provider AS provider, c.model AS model, c.request_model AS request_model,
    c.response_model AS response_model, c.service_tier AS service_tier, c.processing AS processing, c.price AS price,
    c.failed AS failed,
    c.input_tokens AS input_tokens, c.cache_read_tokens AS cache_read_tokens, c.cache_write_tokens AS cache_write_tokens,
    c.output_tokens AS output_tokens,
    toFloat64(c.cost_usd) AS cost_usd, toFloat64(c.output_cost_usd) AS output_cost_usd,
    toFloat64(c.request_cost_usd) AS request_cost_usd,
    if(empty(q.messages) AND empty(q.input), 0,
        cityHash64(c.tenant_id, c.operation, c.provider, c.request_model, q.tools, q.instructions, q.messages, q.input,
            q.max_tokens, q.temperature)) AS request,
    length(q.messages) AS messages,
    position(q.finish_reasons, 'tool') > 0 OR t.tool_calls > 0 AS has_tool_calls,
    t.has_caller OR x.is_server OR x.is_streamed OR c.streamed AS is_awaited,
    if(length(t.input) = 1, t.input[1], toUInt128(0)) AS question,
    c.input_rate AS input_rate, c.cache_read_rate AS cache_read_rate, c.cache_write_5m_rate AS cache_write_5m_rate,
    c.cache_write_1h_rate AS cache_write_1h_rate, c.output_rate AS output_rate
FROM (${savings/priced}) AS c
LEFT JOIN (${savings/requests}) AS q ON c.trace_id = q.trace_id AND c.span_id = q.span_id
LEFT JOIN
(
    SELECT trace_id, tool_calls, input, session_id != '' OR user_id != '' AS has_caller
    FROM traces FINAL
    WHERE project_id = {project:String}
        -- a trace may have begun before its calls of the window
        AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600 - 86400, 'UTC')
        AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
) AS t ON c.trace_id = t.trace_id
LEFT JOIN
(
    SELECT trace_id, max(parent_span_id = '' AND kind = 'server') AS is_server, max(streamed) AS is_streamed
    FROM spans
    WHERE project_id = {project:String}
        AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 1000000000) - 3600, 'UTC')
        AND start_minute < toDateTime(intDiv({end_ns:Int64}, 1000000000) + 60, 'UTC')
    GROUP BY trace_id
) AS x ON c.trace_id = x.trace_id
ORDER BY start_ns, trace_id, span_id
LIMIT {limit:UInt32}
