-- The facts of the traces of one page, in no particular order of the page (by hour and id). `input` and `output`
-- are hashes of contents. Times in nanoseconds since 1970, durations in nanoseconds or (_s) seconds, cost in US dollars.
-- Asked by storage.traces for a page, by storage.spans for one trace.
SELECT
    trace_id, toUnixTimestamp64Nano(start_time) AS start_time_unix_nano, duration_ns, root_span_id, has_root, name,
    service_name, environment, status, error_type, span_count, error_count, session_id, user_id, user_tier, tenant_id,
    feature, prompt_name, prompt_version, services, operations, models, providers, tools, agents, guardrail_trips,
    model_calls, tool_calls, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
    total_tokens, cost_usd, unpriced_calls, time_to_first_token_s, queue_s, cache_hit, is_fallback, retry_count, input, output
FROM traces FINAL
WHERE project_id = {project:String}
    AND start_hour IN {hours:Array(DateTime('UTC'))}
    AND trace_id IN {trace_ids:Array(String)}
ORDER BY start_hour, trace_id
LIMIT {limit:UInt32}
