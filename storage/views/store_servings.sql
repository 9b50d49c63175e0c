SELECT
    project_id, serving.hour AS hour, trace_id, serving.span_id AS span_id, settled_at, serving.call AS call,
    serving.instance AS instance, serving.engine AS engine, serving.model AS model, serving.start_time AS start_time,
    serving.duration_ns AS duration_ns, serving.queue_s AS queue_s, serving.server_duration_s AS server_duration_s,
    serving.input_tokens AS input_tokens, serving.output_tokens AS output_tokens
FROM settled_traces
ARRAY JOIN servings AS serving
WHERE NOT is_deleted
