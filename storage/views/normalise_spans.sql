-- From OTLP as ClickHouse decodes it to one normalised row a span, texts still inline in `texts`.
-- The placeholders come from storage/conventions.toml; see storage/normalise.py for what each stands for.
-- `segment` names the insert: the loader passes it as deduplication token.
SELECT
    project_id,
    toStartOfMinute(start_time) AS start_minute,
    lower(hex(span.trace_id)) AS trace_id,
    lower(hex(span.span_id)) AS span_id,
    lower(hex(span.parent_span_id)) AS parent_span_id,
    fromUnixTimestamp64Nano(toInt64(start_ns), 'UTC') AS start_time,
    end_ns - start_ns AS duration_ns,
    fromUnixTimestamp64Milli(toInt64(intDiv(received_ns, 1000000)), 'UTC') AS received_at,
    sipHash64(getSetting('insert_deduplication_token')) AS segment,
    time_issue,

    span.name AS name,
    transform(span.kind, [1, 2, 3, 4, 5], ['internal', 'server', 'client', 'producer', 'consumer'], 'internal') AS kind,
    transform(span.status.code, [1, 2], ['ok', 'error'], 'unset') AS status,
    span.status.message AS status_message,
    span.trace_state AS trace_state,
    span.flags AS flags,
    scope.name AS scope_name,
    scope.version AS scope_version,
    ${service_name} AS service_name,
    ${service_version} AS service_version,
    ${environment} AS environment,

    multiIf(
        transform(lower(${kind_hint}), ${hint_names}, ${hint_operations}, '') != '',
            transform(lower(${kind_hint}), ${hint_names}, ${hint_operations}, ''),
        is_serving, 'serve',
        guardrail_name != '', 'guardrail',
        operation_key != '', transform(operation_key, ${operation_names}, ${operations}, operation_key),
        tool_name != '' OR tool_call_id != '' OR has(keys, 'mcp.method.name') AND value_text[indexOf(keys, 'mcp.method.name')] = 'tools/call', 'execute_tool',
        documents_json != '' OR has(keys, 'db.vector.query.top_k'), 'retrieve',
        has(keys, 'embedding.model_name'), 'embeddings',
        model != '' AND (input_tokens > 0 OR output_tokens > 0), 'chat',
        has(keys, 'db.system') OR has(keys, 'db.system.name'), 'db',
        has(keys, 'http.request.method') OR has(keys, 'http.method') OR has(keys, 'url.full'), 'http',
        has(keys, 'rpc.system'), 'rpc',
        '') AS operation,
    transform(provider_key, ${provider_aliases}, ${providers},
        if(has(${providers}, provider_key), provider_key, splitByChar('.', provider_key)[1])) AS provider,
    if(response_model != '', response_model, request_model) AS model,
    ${request_model} AS request_model,
    ${response_model} AS response_model,
    ${response_id} AS response_id,
    ${serving_request_id} AS serving_request_id,
    multiIf(NOT is_serving, '', startsWith(scope.name, 'vllm'), 'vllm', startsWith(scope.name, 'sglang'), 'sglang',
        has(keys, 'triton.model_name'), 'triton', 'other') AS serving_engine,
    arrayStringConcat(arrayMap(
        x -> transform(x, ${finish_reason_aliases}, ${finish_reason_values}, x),
        arrayFilter(x -> x != '', splitByRegexp('[\\[\\]",\\s]+', ${finish_reasons}))), ',') AS finish_reasons,
    lower(${streamed}) = 'true' OR isNotNull(time_to_first_token_s) AND NOT is_serving AS streamed,

    operation IN ('chat', 'embeddings', 'rerank') AND (input_tokens > 0 OR output_tokens > 0 OR isNotNull(reported_cost_usd))
        AND ${rollup_marker} NOT IN ('agent_total', 'pending_span') AND span.name != 'raw_gen_ai_request' AS counts_usage,
    if(tokens_exclusive, reported_input_tokens + cache_read_tokens + cache_write_tokens, reported_input_tokens) AS input_tokens,
    if(tokens_exclusive, reported_input_tokens, reported_input_tokens - cache_read_tokens - cache_write_tokens) AS uncached_input_tokens,
    ${cache_read_tokens} AS cache_read_tokens,
    greatest(${cache_write_tokens}, cache_write_5m_tokens + cache_write_1h_tokens) AS cache_write_tokens,
    ${cache_write_5m_tokens} AS cache_write_5m_tokens,
    ${cache_write_1h_tokens} AS cache_write_1h_tokens,
    ${output_tokens} AS output_tokens,
    ${reasoning_tokens} AS reasoning_tokens,
    if(input_tokens + output_tokens > 0, input_tokens + output_tokens, ${reported_total_tokens}) AS total_tokens,
    cache_read_tokens + cache_write_tokens > reported_input_tokens AS tokens_exclusive,
    ${reported_cost_usd} AS reported_cost_usd,

    coalesce(${time_to_first_token_s}, ${time_to_first_token_ms} / 1000) AS time_to_first_token_s,
    multiIf(output_tokens < 2, NULL,
        isNotNull(decode_s), decode_s / (output_tokens - 1),
        isNotNull(time_to_first_token_s) AND duration_ns / 1e9 > time_to_first_token_s,
            (duration_ns / 1e9 - time_to_first_token_s) / (output_tokens - 1),
        NULL) AS time_per_output_token_s,
    ${queue_s} AS queue_s,
    ${prefill_s} AS prefill_s,
    ${decode_s} AS decode_s,
    ${inference_s} AS inference_s,
    ${server_duration_s} AS server_duration_s,
    ${temperature} AS temperature,
    ${max_tokens} AS max_tokens,

    ${session_id} AS session_id,
    ${user_id} AS user_id,
    ${user_tier} AS user_tier,
    ${tenant_id} AS tenant_id,
    ${feature} AS feature,
    ${prompt_name} AS prompt_name,
    ${prompt_version} AS prompt_version,
    ${agent_name} AS agent_name,
    ${tool_name} AS tool_name,
    ${tool_call_id} AS tool_call_id,
    ${data_source} AS data_source,
    ${retrieval_top_k} AS retrieval_top_k,

    ${guardrail_name} AS guardrail_name,
    transform(lower(${reported_verdict}), ${verdict_names}, ${verdicts}, lower(${reported_verdict})) AS guardrail_verdict,
    ${guardrail_action} AS guardrail_action,
    ${guardrail_category} AS guardrail_category,
    ${guardrail_score} AS guardrail_score,
    lower(${reported_cache_hit}) = 'true' AS cache_hit,
    ${retry_count} AS retry_count,
    lower(${reported_fallback}) = 'true' AS is_fallback,
    multiIf(${reported_error_type} != '', ${reported_error_type},
        exception_event > 0, event_text[exception_event]['exception.type'],
        span.status.code = 2, '_OTHER',
        '') AS error_type,
    multiIf(span.status.code = 2 AND span.status.message != '', span.status.message,
        exception_event > 0, event_text[exception_event]['exception.message'],
        ${error_message}) AS error_message,

    arrayMap(x -> ${hash_of_x}, system_texts) AS system_instructions,
    arrayMap(x -> ${hash_of_x}, input_message_texts) AS input_messages,
    arrayMap(x -> ${hash_of_x}, output_message_texts) AS output_messages,
    arrayMap(x -> ${hash_of_x}, tool_definition_texts) AS tool_definitions,
    arrayMap(x -> ${hash_of_x}, document_texts) AS documents,
    document_fields.id AS document_ids,
    document_fields.score AS document_scores,
    arrayMap((d, f) -> ${document_rest}, document_json, document_fields) AS document_attributes,
    arrayMap(x -> ${hash_of_x}, input_texts) AS input,
    arrayMap(x -> ${hash_of_x}, output_texts) AS output,
    arrayMap(x -> ${hash_of_x}, template_texts) AS prompt_template,
    arrayMap(x -> ${hash_of_x}, variables_texts) AS prompt_variables,

    CAST(arrayFilter(
        (kv, sent, i) -> isNotNull(sent) AND length(kv.2) <= ${inline_limit} AND NOT has(content_positions, i),
        arrayZip(keys, value_text), strings, positions), 'Map(LowCardinality(String), String)') AS attributes_string,
    mapUpdate(CAST(arrayMap((k, v) -> (k, assumeNotNull(v)), arrayFilter((k, v) -> isNotNull(v), keys, ints),
        arrayFilter(v -> isNotNull(v), ints)), 'Map(LowCardinality(String), Int64)'), clock_issues) AS attributes_int,
    CAST(arrayMap((k, v) -> (k, assumeNotNull(v)), arrayFilter((k, v) -> isNotNull(v), keys, doubles),
        arrayFilter(v -> isNotNull(v), doubles)), 'Map(LowCardinality(String), Float64)') AS attributes_double,
    CAST(arrayMap((k, v) -> (k, assumeNotNull(v)), arrayFilter((k, v) -> isNotNull(v), keys, bools),
        arrayFilter(v -> isNotNull(v), bools)), 'Map(LowCardinality(String), Bool)') AS attributes_bool,
    CAST(arrayMap(kv -> (kv.1, reinterpretAsUInt128(sipHash128(kv.2))), long_attributes),
        'Map(LowCardinality(String), UInt128)') AS attributes_content,
    resource_attributes,
    ${scope_attributes} AS scope_attributes,
    arrayMap((e, t) -> (fromUnixTimestamp64Nano(toInt64(least(e.time_unix_nano, 9223372036854775807)), 'UTC'), e.name, t),
        span.events, event_text) AS events,
    arrayMap(l -> (lower(hex(l.trace_id)), lower(hex(l.span_id)), l.trace_state, ${link_attributes}), span.links) AS links,
    span.dropped_attributes_count AS dropped_attributes_count,
    span.dropped_events_count AS dropped_events_count,
    span.dropped_links_count AS dropped_links_count,

    arrayConcat(
        arrayMap(x -> (${hash_of_x}, 'system', x), system_texts),
        arrayMap(x -> (${hash_of_x}, 'message', x), input_message_texts),
        arrayMap(x -> (${hash_of_x}, 'message', x), output_message_texts),
        arrayMap(x -> (${hash_of_x}, 'tool_definition', x), tool_definition_texts),
        arrayMap(x -> (${hash_of_x}, 'document', x), document_texts),
        arrayMap(x -> (${hash_of_x}, 'payload', x), arrayConcat(input_texts, output_texts, template_texts, variables_texts)),
        arrayMap(kv -> (reinterpretAsUInt128(sipHash128(kv.2)), 'attribute', kv.2), long_attributes)) AS texts
FROM
(
    SELECT
        *,
        -- text of every attribute, and where each canonical field found its value
        ${value_text} AS value_text,
        arrayEnumerate(keys) AS positions,
        ${position_of} AS position_of,
        arrayFilter(p -> p > 0, arrayMap(f -> position_of[f], ${content_fields})) AS content_positions,
        arrayFilter((kv, i) -> length(kv.2) > ${inline_limit} AND NOT has(content_positions, i),
            arrayZip(keys, value_text), positions) AS long_attributes,

        lower(${operation_name}) AS operation_key,
        lower(${provider}) AS provider_key,
        ${reported_input_tokens} AS reported_input_tokens,
        ${tool_name} AS tool_name_key,
        arrayExists(k -> startsWith(k, 'gen_ai.latency.'), keys)
            OR scope.name IN ('vllm.tracing.otel', 'vllm.llm_engine', 'sglang server')
            OR span.name = 'llm_request' AND span.kind = 2
            OR has(keys, 'triton.model_name') AS is_serving,

        ${documents} AS documents_json,
        ${split_system} AS system_texts,
        ${split_input_messages} AS input_message_texts,
        ${split_output_messages} AS output_message_texts,
        ${split_tool_definitions} AS tool_definition_texts,
        ${split_documents} AS document_json,
        arrayResize(JSONExtract(documents_json, '${document_type}'), length(document_json)) AS document_fields,
        arrayMap((d, f) -> ${document_text}, document_json, document_fields) AS document_texts,
        arrayFilter(x -> x != '', [${input}]) AS input_texts,
        arrayFilter(x -> x != '', [${output}]) AS output_texts,
        arrayFilter(x -> x != '', [${prompt_template}]) AS template_texts,
        arrayFilter(x -> x != '', [${prompt_variables}]) AS variables_texts,

        arrayMap(e -> ${event_attributes}, span.events) AS event_text,
        arrayFirstIndex(e -> e.name = 'exception', span.events) AS exception_event,

        -- clocks that cannot be right: no time at all, another unit than nanoseconds, the future, an end before the start
        span.start_time_unix_nano AS sent_start,
        span.end_time_unix_nano AS sent_end,
        multiIf(sent_start = 0, 'missing',
            sent_start < ${year_2000_ns}, 'unit',
            sent_start > received_ns + ${day_ns}, 'future',
            sent_end < sent_start, 'negative',
            sent_end > received_ns + ${day_ns}, 'future_end',
            '') AS time_issue,
        if(time_issue IN ('missing', 'unit', 'future'), received_ns, sent_start) AS start_ns,
        if(time_issue != '', start_ns, sent_end) AS end_ns,
        if(time_issue = '', map(), map('groundwire.start_time_unix_nano', toInt64(least(sent_start, 9223372036854775807)),
            'groundwire.end_time_unix_nano', toInt64(least(sent_end, 9223372036854775807)))) AS clock_issues
    FROM
    (
        SELECT
            project_id, received_ns, resource_text, resource_position_of, resource_attributes,
            ss.scope AS scope,
            s AS span,
            s.attributes.key AS keys,
            s.attributes.value.string_value AS strings,
            s.attributes.value.int_value AS ints,
            s.attributes.value.double_value AS doubles,
            s.attributes.value.bool_value AS bools
        FROM
        (
            SELECT
                project AS project_id,
                received_unix_nano AS received_ns,
                rs.scope_spans AS scope_spans,
                rs.resource.attributes.key AS keys,
                rs.resource.attributes.value.string_value AS strings,
                rs.resource.attributes.value.int_value AS ints,
                rs.resource.attributes.value.double_value AS doubles,
                rs.resource.attributes.value.bool_value AS bools,
                ${value_text} AS resource_text,
                ${resource_position_of} AS resource_position_of,
                CAST(arrayZip(keys, resource_text), 'Map(LowCardinality(String), String)') AS resource_attributes
            FROM landing_traces
            ARRAY JOIN resource_spans AS rs
        )
        ARRAY JOIN scope_spans AS ss
        ARRAY JOIN ss.spans AS s
    )
)
