-- The spans of a trace, light: what a waterfall needs of each, no attributes and no texts but the error's. In order of
-- start, the longer first where several start together, so that a parent comes before its children.
-- Asked by storage.spans.get_trace.
SELECT
    trace_id, span_id, parent_span_id, toUnixTimestamp64Nano(start_time) AS start_time_unix_nano, duration_ns,
    time_issue, name, kind, status, service_name, environment, scope_name, operation, provider, model, serving_engine,
    streamed, counts_usage, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
    total_tokens, reported_cost_usd, time_to_first_token_s, queue_s, prefill_s, decode_s, agent_name, tool_name,
    data_source, guardrail_name, guardrail_verdict, guardrail_category, cache_hit, retry_count, is_fallback,
    error_type, error_message, length(documents) AS document_count, length(events) AS event_count,
    length(links) AS link_count, notEmpty(contents) AS has_contents
FROM spans
WHERE project_id = {project:String}
    AND start_minute IN {minutes:Array(DateTime('UTC'))}
    AND trace_id = {trace_id:String}
ORDER BY start_time_unix_nano, duration_ns DESC, parent_span_id != '', span_id
LIMIT {limit:UInt32}
