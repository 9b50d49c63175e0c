-- A call's tenant, user and so on are its span's own; most clients know none, and then they are the trace's.
SELECT
    project_id, call.hour AS hour, trace_id, call.span_id AS span_id, settled_at,
    call.start_time AS start_time, call.duration_ns AS duration_ns,
    if(call.tenant_id != '', call.tenant_id, t.tenant_id) AS tenant_id,
    if(call.feature != '', call.feature, t.feature) AS feature,
    if(call.user_id != '', call.user_id, t.user_id) AS user_id,
    if(call.user_tier != '', call.user_tier, t.user_tier) AS user_tier,
    if(call.session_id != '', call.session_id, t.session_id) AS session_id,
    if(call.environment != '', call.environment, t.environment) AS environment,
    call.service_name AS service_name, call.operation AS operation, call.provider AS provider, call.model AS model,
    call.request_model AS request_model, call.response_model AS response_model,
    call.service_tier AS service_tier, call.processing AS processing,
    if(call.prompt_name != '', call.prompt_name, t.prompt_name) AS prompt_name,
    if(call.prompt_version != '', call.prompt_version, t.prompt_version) AS prompt_version,
    call.failed AS failed, call.retried AS retried, call.streamed AS streamed, call.cache_hit AS cache_hit,
    call.self_hosted AS self_hosted, call.cache_read_audio_tokens AS cache_read_audio_tokens,
    call.cache_read_image_tokens AS cache_read_image_tokens, call.reported_cost_usd AS reported_cost_usd,
    call.facts AS now
FROM ${settled_traces} AS t
ARRAY JOIN calls AS call
WHERE NOT is_deleted
