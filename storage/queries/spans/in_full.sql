-- Every column of spans of one page or trace; texts as hashes. `span_ids` empty: all spans of the traces.
-- In order of start, as summaries.sql. Asked by storage.spans for one span, for a trace in full and for lists.
SELECT
    s.trace_id AS trace_id, s.span_id AS span_id, parent_span_id, toUnixTimestamp64Nano(start_time) AS start_time_unix_nano,
    duration_ns, toUnixTimestamp64Milli(received_at) AS received_at_ms, time_issue, name, kind, status, status_message,
    trace_state, flags, scope_name, scope_version, service_name, service_version, environment, operation, provider,
    model, request_model, response_model, response_id, serving_request_id, serving_engine, finish_reasons, streamed,
    counts_usage, input_tokens, uncached_input_tokens, cache_read_tokens, cache_write_tokens, cache_write_5m_tokens,
    cache_write_1h_tokens, output_tokens, reasoning_tokens, total_tokens, tokens_exclusive, reported_cost_usd,
    service_tier, processing, input_audio_tokens, cache_read_audio_tokens, input_image_tokens, cache_read_image_tokens,
    output_audio_tokens, output_image_tokens, usage_rule, usage_mismatch,
    time_to_first_token_s, time_per_output_token_s, queue_s, prefill_s, decode_s, inference_s, server_duration_s,
    temperature, max_tokens, session_id, user_id, user_tier, tenant_id, feature, prompt_name, prompt_version,
    agent_name, tool_name, tool_call_id, data_source, retrieval_top_k, guardrail_name, guardrail_verdict,
    guardrail_action, guardrail_category, guardrail_score, cache_hit, retry_count, is_fallback, error_type,
    error_message, document_ids, document_scores, resource_attributes, scope_attributes,
    arrayMap(e -> (toUnixTimestamp64Nano(e.time), e.name, e.attributes), events) AS events,
    arrayMap(l -> (l.trace_id, l.span_id, l.trace_state, l.attributes), links) AS links,
    dropped_attributes_count, dropped_events_count, dropped_links_count,
    attributes_string, attributes_int, attributes_double, attributes_bool, attributes_content,
    system_instructions, input_messages, output_messages, tool_definitions, documents, document_attributes, input,
    output, prompt_template, prompt_variables
FROM spans AS s
WHERE project_id = {project:String}
    AND start_minute IN {minutes:Array(DateTime('UTC'))}
    AND s.trace_id IN {trace_ids:Array(String)}
    AND (empty({span_ids:Array(String)}) OR s.span_id IN {span_ids:Array(String)})
ORDER BY start_time_unix_nano, duration_ns DESC, parent_span_id != '', span_id
LIMIT {limit:UInt32}
