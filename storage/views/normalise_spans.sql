-- From OTLP as ClickHouse decodes it to one normalised row a span, texts still inline in `texts`.
-- The placeholders come from storage/conventions.toml; see storage/normalise.py for what each stands for.
--
-- Each step is a subquery of its own: a column of a subquery is planned and worked out once, an alias again wherever it
-- is used. Planning takes about 0.1 ms a function an insert, so expressions are kept few as well as short.
WITH
resources AS
(
    SELECT
        project AS project_id,
        received_unix_nano AS received_ns,
        rs.scope_spans AS scope_spans,
        rs.resource.attributes.key AS keys,
        rs.resource.attributes.value.string_value AS strings,
        rs.resource.attributes.value.int_value AS ints,
        rs.resource.attributes.value.double_value AS doubles,
        rs.resource.attributes.value.bool_value AS bools
    FROM landing_traces
    ARRAY JOIN resource_spans AS rs
),
resources_as_text AS (SELECT *, ${value_text} AS value_text FROM resources),
resources_placed AS
(
    SELECT *, ${position_of} AS position_of
    FROM (SELECT *, ${ranked} AS ranked FROM (SELECT *, ${resource_codes} AS codes FROM resources_as_text))
),
scopes AS
(
    SELECT
        project_id, received_ns, ss.spans AS spans,
        CAST((keys, value_text), 'Map(LowCardinality(String), String)') AS resource_attributes,
        ${resource_fields},
        ss.scope.name AS scope_name,
        ss.scope.version AS scope_version,
        ${usage_scope} AS usage_scope,
        ${scope_attributes} AS scope_attributes
    FROM resources_placed
    ARRAY JOIN scope_spans AS ss
),
sent AS
(
    SELECT
        * EXCEPT spans,
        s.trace_id AS sent_trace_id,
        s.span_id AS sent_span_id,
        s.parent_span_id AS sent_parent_span_id,
        s.name AS name,
        s.kind AS sent_kind,
        s.start_time_unix_nano AS sent_start,
        s.end_time_unix_nano AS sent_end,
        s.status.code AS status_code,
        s.status.message AS status_message,
        s.trace_state AS trace_state,
        s.flags AS flags,
        s.events AS sent_events,
        s.links AS sent_links,
        s.dropped_attributes_count AS dropped_attributes_count,
        s.dropped_events_count AS dropped_events_count,
        s.dropped_links_count AS dropped_links_count,
        s.attributes.key AS keys,
        s.attributes.value.string_value AS strings,
        s.attributes.value.int_value AS ints,
        s.attributes.value.double_value AS doubles,
        s.attributes.value.bool_value AS bools
    FROM scopes
    ARRAY JOIN spans AS s
),
-- The text of every attribute, what its key means, and where each canonical field finds its value.
as_text AS (SELECT *, ${value_text} AS value_text FROM sent),
coded AS (SELECT *, ${codes} AS codes FROM as_text),
ranked AS (SELECT *, ${field_codes} AS field_codes, ${ranked} AS ranked FROM coded),
placed AS
(
    SELECT
        * EXCEPT (codes, field_codes, ranked),
        ${position_of} AS position_of,
        ${count_of} AS count_of,
        ${number_of} AS number_of,
        ${evidence} AS evidence,
        ${content_positions} AS content_positions
    FROM ranked
),
-- Contents, cut into one text a message, tool or document.
--
-- Token counts are settled beside, a step of theirs with each step of the contents: a step of its own would cost an
-- insert 5 ms. First what is reported, then what that means: see storage/usage_form.py.
with_texts AS
(
    SELECT
        *,
        ${content_texts},
        ${cache_read_tokens} AS cache_read_tokens,
        ${cache_write_5m_tokens} AS cache_write_5m_tokens,
        ${cache_write_1h_tokens} AS cache_write_1h_tokens,
        greatest(${cache_write_tokens}, cache_write_5m_tokens + cache_write_1h_tokens) AS cache_write_tokens,
        ${reported_input_tokens} AS reported_input_tokens,
        if(${tells_uncached}, toInt64(${reported_uncached_input_tokens}), -1) AS uncached,
        ${output_tokens} AS answered,
        ${reasoning_tokens} AS reasoned,
        ${reported_total_tokens} AS reported_total,
        lower(${provider}) AS provider_key,
        splitByChar('.', provider_key)[1] AS provider_family
    FROM placed
),
cut AS
(
    SELECT
        *,
        ${elements},
        -- where an attribute goes: 1 beside the span, 2 into contents as it is long, 0 elsewhere
        arrayMap((sent, v, i) -> multiIf(has(content_positions, i), 0, length(v) > ${inline_limit}, 2,
            isNotNull(sent) OR v = '', 1, 0), strings, value_text, arrayEnumerate(keys)) AS places,
        cache_read_tokens + cache_write_tokens AS cached,
        if(reported_input_tokens = 0 AND uncached > 0, toUInt64(uncached), reported_input_tokens) AS sent_tokens,
        transform(provider_key, ${provider_aliases}, ${providers},
            transform(provider_family, ${provider_aliases}, ${providers}, provider_family)) AS provider,
        ${usage_emitter} AS usage_emitter
    FROM with_texts
),
with_documents AS
(
    SELECT
        *,
        ${others},
        arrayConcat(documents_elements, documents_other) AS documents_json,
        arrayMap(d -> JSONExtract(d, '${document_type}'), documents_json) AS document_fields,
        ${beyond} AS beyond
    FROM cut
),
with_contents AS
(
    SELECT
        * EXCEPT (system_instructions_elements, system_instructions_other, input_messages_elements, input_messages_other,
            output_messages_elements, output_messages_other, tool_definitions_elements, tool_definitions_other,
            documents_elements, documents_other),
        [system_instructions_elements, system_instructions_other, input_messages_elements, input_messages_other,
            output_messages_elements, output_messages_other, tool_definitions_elements, tool_definitions_other,
            arrayMap((d, f) -> ${document_text}, documents_json, document_fields),
            ${payloads},
            arrayFilter((v, place) -> place = 2, value_text, places)] AS contents,
        ${cached_rule} AS cached_rule
    FROM with_documents
),
-- Fields that others follow from.
settled AS
(
    SELECT
        *,
        arrayMap(texts -> arrayMap(x -> reinterpretAsUInt128(sipHash128(x)), texts), contents) AS hashes,
        ${request_model} AS request_model,
        ${response_model} AS response_model,
        sent_tokens + cached_rule % 2 * cached AS input_tokens,
        ${reasoning_rule} AS reasoning_rule,
        ${reported_cost_usd} AS reported_cost_usd,
        coalesce(${time_to_first_token_s}, ${time_to_first_token_ms} / 1000) AS time_to_first_token_s,
        ${decode_s} AS decode_s,
        lower(${operation_name}) AS operation_key,
        lower(${reported_service_tier}) AS service_tier_key,
        lower(${reported_verdict}) AS verdict_key,
        lower(${reported_action}) AS action_key,
        ${bedrock_guardrail} AS bedrock_guardrail,
        ${guardrail_error} AS guardrail_error,
        ${guardrail_response} AS guardrail_response,
        ${reported_masked} NOT IN ('', '0', '{}', 'null') AS has_masked,
        position(lower(${finish_reasons}), 'guardrail_intervened') > 0 AS is_intervened,
        ${tool_name} AS tool_name,
        ${tool_call_id} AS tool_call_id,
        ${guardrail_name} AS reported_guardrail_name,
        ${reported_error_type} AS reported_error_type,
        transform(replaceAll(lower(${kind_hint}), '"', ''), ${hint_names}, ${hint_operations}, '') AS hinted_operation,
        evidence IN ('serve', 'triton') OR scope_name IN ('vllm.tracing.otel', 'vllm.llm_engine', 'sglang server')
            OR name = 'llm_request' AND sent_kind = 2 AS is_serving,
        arrayMap(e -> ${event_attributes}, sent_events) AS event_text,
        -- clocks that cannot be right: no time, another unit than nanoseconds, the future, an end before the start; and
        -- years ago, since an insert may not write hundreds of months
        multiIf(sent_start = 0, 'missing',
            sent_start < ${year_2000_ns}, 'unit',
            sent_start < received_ns - ${five_years_ns}, 'past',
            sent_start > received_ns + ${day_ns}, 'future',
            sent_end < sent_start, 'negative',
            sent_end > received_ns + ${day_ns}, 'future_end',
            '') AS time_issue
    FROM with_contents
),
told AS
(
    SELECT
        *,
        if(reasoning_rule = 7, toUInt64(${beyond_input}), reasoned) AS reasoning_tokens,
        answered + reasoning_rule % 2 * reasoning_tokens AS output_tokens,
        if(response_model != '', response_model, request_model) AS model,
        multiIf(
            hinted_operation != '', hinted_operation,
            is_serving, 'serve',
            reported_guardrail_name != '', 'guardrail',
            operation_key != '', transform(operation_key, ${operation_names}, ${operations}, operation_key),
            tool_name != '' OR tool_call_id != '' OR ${mcp_method} = 'tools/call', 'execute_tool',
            notEmpty(documents_json), 'retrieve',
            evidence IN ('retrieve', 'embeddings'), evidence,
            model != '' AND (input_tokens > 0 OR answered > 0 OR reasoned > 0), 'chat',
            bedrock_guardrail != '', 'guardrail',
            evidence) AS operation,
        arrayFirst((t, e) -> e.name = 'exception', event_text, sent_events) AS exception,
        -- guardrails in the process of a model call leave events on its span: the worst one's counts
        arrayReverseSort(t -> transform(lower(t['guard.action']), ${action_names}, ${action_ranks}, 0),
            arrayFilter(t -> t['guard.name'] != '', event_text))[1] AS guard_event,
        if(time_issue IN ('missing', 'unit', 'past', 'future'), received_ns, sent_start) AS start_ns,
        if(time_issue != '', 0, sent_end - sent_start) AS duration_ns
    FROM settled
)
SELECT
    project_id,
    toStartOfMinute(start_time) AS start_minute,
    lower(hex(sent_trace_id)) AS trace_id,
    lower(hex(sent_span_id)) AS span_id,
    -- some senders write a root's parent as zeros
    replaceOne(lower(hex(sent_parent_span_id)), '0000000000000000', '') AS parent_span_id,
    fromUnixTimestamp64Nano(toInt64(start_ns), 'UTC') AS start_time,
    duration_ns,
    fromUnixTimestamp64Milli(toInt64(intDiv(received_ns, 1000000)), 'UTC') AS received_at,
    sipHash64(getSetting('insert_deduplication_token')) AS segment,
    time_issue,

    name,
    transform(sent_kind, [1, 2, 3, 4, 5], ['internal', 'server', 'client', 'producer', 'consumer'], 'internal') AS kind,
    transform(status_code, [1, 2], ['ok', 'error'], 'unset') AS status,
    status_message, trace_state, flags, scope_name, scope_version,
    ${service_name} AS service_name,
    ${service_version} AS service_version,
    ${environment} AS environment,

    operation,
    provider,
    model, request_model, response_model,
    ${response_id} AS response_id,
    ${serving_request_id} AS serving_request_id,
    multiIf(NOT is_serving, '', startsWith(scope_name, 'vllm'), 'vllm', startsWith(scope_name, 'sglang'), 'sglang',
        evidence = 'triton', 'triton', 'other') AS serving_engine,
    arrayStringConcat(arrayMap(
        x -> transform(x, ${finish_reason_aliases}, ${finish_reason_values}, x),
        arrayFilter(x -> x != '', splitByChar(',', translate(${finish_reasons}, '[]" \t\n', ',,,,,,')))), ',') AS finish_reasons,
    lower(${reported_streamed}) = 'true' OR isNotNull(time_to_first_token_s) AND NOT is_serving AS streamed,

    operation NOT IN ('serve', 'fetch_response') AND (input_tokens > 0 OR output_tokens > 0 OR isNotNull(reported_cost_usd))
        AND ${rollup_marker} NOT IN ('agent_total', 'pending_span') AND name != 'raw_gen_ai_request' AS counts_usage,
    input_tokens,
    input_tokens - cached AS uncached_input_tokens,
    cache_read_tokens,
    cache_write_tokens,
    cache_write_5m_tokens,
    cache_write_1h_tokens,
    output_tokens,
    reasoning_tokens,
    if(input_tokens + output_tokens > 0, input_tokens + output_tokens, reported_total) AS total_tokens,
    cached_rule % 2 = 1 AS tokens_exclusive,
    reported_cost_usd,
    transform(service_tier_key, ${service_tier_names}, ${service_tiers}, service_tier_key) AS service_tier,
    if(service_tier_key = 'batch' OR lower(${reported_processing}) IN ${batch_marks}, 'batch', '') AS processing,
    -- parts are not larger than their wholes, whatever a sender claims
    least(${input_audio_tokens}, input_tokens) AS input_audio_tokens,
    least(${cache_read_audio_tokens}, input_audio_tokens, cache_read_tokens) AS cache_read_audio_tokens,
    least(${input_image_tokens}, toUInt64(input_tokens - input_audio_tokens)) AS input_image_tokens,
    least(${cache_read_image_tokens}, input_image_tokens, toUInt64(cache_read_tokens - cache_read_audio_tokens)) AS cache_read_image_tokens,
    least(${output_audio_tokens}, toUInt64(output_tokens - reasoning_tokens)) AS output_audio_tokens,
    least(${output_image_tokens}, toUInt64(output_tokens - reasoning_tokens - output_audio_tokens)) AS output_image_tokens,
    ${usage_rule} AS usage_rule,
    if(reported_total = 0, 0, toInt64(reported_total) - toInt64(input_tokens + output_tokens)) AS usage_mismatch,

    time_to_first_token_s,
    multiIf(isNotNull(${reported_time_per_output_token_s}), ${reported_time_per_output_token_s},
        output_tokens < 2, NULL,
        isNotNull(decode_s), decode_s / (output_tokens - 1),
        isNotNull(time_to_first_token_s) AND duration_ns / 1e9 > time_to_first_token_s, (duration_ns / 1e9 - time_to_first_token_s) / (output_tokens - 1),
        NULL) AS time_per_output_token_s,
    decode_s,
    ${queue_s} AS queue_s,
    ${prefill_s} AS prefill_s,
    ${inference_s} AS inference_s,
    ${server_duration_s} AS server_duration_s,
    ${temperature} AS temperature,
    ${max_tokens} AS max_tokens,

    tool_name, tool_call_id,
    ${session_id} AS session_id,
    ${user_id} AS user_id,
    ${user_tier} AS user_tier,
    ${tenant_id} AS tenant_id,
    ${feature} AS feature,
    ${prompt_name} AS prompt_name,
    ${prompt_version} AS prompt_version,
    ${agent_name} AS agent_name,
    if(${data_source} != '', ${data_source}, ${db_system}) AS data_source,
    ${retrieval_top_k} AS retrieval_top_k,

    ${guardrail_name_rule} AS guardrail_name,
    ${guardrail_verdict_rule} AS guardrail_verdict,
    ${guardrail_action_rule} AS guardrail_action,
    if(${guardrail_category} != '', ${guardrail_category}, guard_event['guard.classification']) AS guardrail_category,
    coalesce(${guardrail_score}, ifNotFinite(toFloat64OrNull(guard_event['guard.score']), NULL)) AS guardrail_score,
    lower(${reported_cache_hit}) = 'true' AS cache_hit,
    ${retry_count} AS retry_count,
    lower(${reported_fallback}) = 'true' AS is_fallback,
    multiIf(reported_error_type != '', reported_error_type,
        guardrail_error != '', guardrail_error,
        exception['exception.type'] != '', exception['exception.type'],
        status_code != 2, '',
        ${http_status} >= 400, toString(${http_status}),
        '_OTHER') AS error_type,
    multiIf(status_code = 2 AND status_message != '', status_message,
        exception['exception.message'] != '', exception['exception.message'],
        ${reported_error_message}) AS error_message,

    arrayConcat(hashes[1], hashes[2]) AS system_instructions,
    arrayConcat(hashes[3], hashes[4]) AS input_messages,
    arrayConcat(hashes[5], hashes[6]) AS output_messages,
    arrayConcat(hashes[7], hashes[8]) AS tool_definitions,
    hashes[9] AS documents,
    document_fields.id AS document_ids,
    document_fields.score AS document_scores,
    arrayMap((d, f) -> ${document_rest}, documents_json, document_fields) AS document_attributes,
    hashes[10] AS input,
    hashes[11] AS output,
    hashes[12] AS prompt_template,
    hashes[13] AS prompt_variables,

    CAST((arrayFilter((k, place) -> place = 1, keys, places), arrayFilter((v, place) -> place = 1, value_text, places)),
        'Map(LowCardinality(String), String)') AS attributes_string,
    mapUpdate(
        CAST((arrayFilter((k, v) -> isNotNull(v), keys, ints), arrayFilter(v -> isNotNull(v), ints)),
            'Map(LowCardinality(String), Int64)'),
        if(time_issue = '', map(), map('groundwire.start_time_unix_nano', toInt64(least(sent_start, 9223372036854775807)),
            'groundwire.end_time_unix_nano', toInt64(least(sent_end, 9223372036854775807))))) AS attributes_int,
    CAST((arrayFilter((k, v) -> isNotNull(v), keys, doubles), arrayFilter(v -> isNotNull(v), doubles)),
        'Map(LowCardinality(String), Float64)') AS attributes_double,
    CAST((arrayFilter((k, v) -> isNotNull(v), keys, bools), arrayFilter(v -> isNotNull(v), bools)),
        'Map(LowCardinality(String), Bool)') AS attributes_bool,
    CAST((arrayFilter((k, place) -> place = 2, keys, places), hashes[14]), 'Map(LowCardinality(String), UInt128)') AS attributes_content,
    resource_attributes, scope_attributes,
    arrayMap((e, t) -> (fromUnixTimestamp64Nano(toInt64(least(e.time_unix_nano, 9223372036854775807)), 'UTC'), e.name, t),
        sent_events, event_text) AS events,
    arrayMap(l -> (lower(hex(l.trace_id)), lower(hex(l.span_id)), l.trace_state, ${link_attributes}), sent_links) AS links,
    dropped_attributes_count, dropped_events_count, dropped_links_count,

    arrayZip(
        arrayFlatten(hashes),
        arrayFlatten(arrayMap((texts, kind) -> arrayWithConstant(length(texts), kind), contents,
            ['system', 'system', 'message', 'message', 'message', 'message', 'tool_definition', 'tool_definition', 'document',
                'payload', 'payload', 'payload', 'payload', 'attribute'])),
        arrayFlatten(contents)) AS texts
FROM told
