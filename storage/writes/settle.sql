-- Store what settling finds: it flows from here into `traces`, `calls` and `servings`.
INSERT INTO settled_traces
(
    project_id, start_hour, trace_id, settled_at, is_deleted, start_time, duration_ns, root_span_id, has_root,
    name, service_name, environment, status, error_type, span_count, error_count,
    session_id, user_id, user_tier, tenant_id, feature, prompt_name, prompt_version,
    services, operations, models, chat_models, providers, tools, agents, guardrail_trips,
    model_calls, tool_calls, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
    total_tokens, cost_usd, unpriced_calls, time_to_first_token_s, queue_s, cache_hit, is_fallback, retry_count,
    input, output, calls, servings
)
${settled}
SETTINGS enable_materialized_cte = 1
