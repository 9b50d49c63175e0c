-- A row a log record, step by step as normalise_spans.sql does it. Records of GenAI events carry contents in the same
-- attributes as spans do. `identity` tells a record that is sent again: a retried request is the same bytes, so the same
-- record is at the same place among its equals.
WITH
resources AS
(
    SELECT
        project AS project_id,
        received_unix_nano AS received_ns,
        rl.scope_logs AS scope_logs,
        rl.resource.attributes.key AS keys,
        rl.resource.attributes.value.string_value AS strings,
        rl.resource.attributes.value.int_value AS ints,
        rl.resource.attributes.value.double_value AS doubles,
        rl.resource.attributes.value.bool_value AS bools
    FROM landing_logs
    ARRAY JOIN resource_logs AS rl
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
        project_id, received_ns, sl.log_records AS records,
        CAST((keys, value_text), 'Map(LowCardinality(String), String)') AS resource_attributes,
        ${resource_fields},
        sl.scope.name AS scope_name,
        sipHash64(keys, value_text, scope_name) AS origin,
        arrayMap(r -> sipHash64(r), records) AS records_hashes
    FROM resources_placed
    ARRAY JOIN scope_logs AS sl
),
sent AS
(
    SELECT
        * EXCEPT (records, records_hashes, origin),
        sipHash64(origin, record_hash, occurrence) AS identity,
        r.time_unix_nano AS sent_time,
        r.observed_time_unix_nano AS observed_time,
        r.trace_id AS sent_trace_id,
        r.span_id AS sent_span_id,
        r.severity_number AS sent_severity,
        r.severity_text AS severity_text,
        r.event_name AS sent_event_name,
        r.body AS sent_body,
        r.attributes.key AS keys,
        r.attributes.value.string_value AS strings,
        r.attributes.value.int_value AS ints,
        r.attributes.value.double_value AS doubles,
        r.attributes.value.bool_value AS bools
    FROM (SELECT *, arrayEnumerateUniq(records_hashes) AS occurrences FROM scopes)
    ARRAY JOIN records AS r, records_hashes AS record_hash, occurrences AS occurrence
),
as_text AS (SELECT *, ${value_text} AS value_text FROM sent),
coded AS (SELECT *, ${codes} AS codes FROM as_text),
ranked AS (SELECT *, ${field_codes} AS field_codes, ${ranked} AS ranked FROM coded),
placed AS
(
    SELECT
        * EXCEPT (codes, field_codes, ranked),
        ${position_of} AS position_of,
        ${content_positions} AS content_positions
    FROM ranked
),
cut AS (SELECT *, ${elements} FROM (SELECT *, ${content_texts} FROM placed)),
with_documents AS
(
    SELECT
        *,
        ${others},
        arrayConcat(documents_elements, documents_other) AS documents_json,
        arrayMap(d -> JSONExtract(d, '${document_type}'), documents_json) AS document_fields,
        coalesce(sent_body.string_value, toString(sent_body.int_value), toString(sent_body.double_value),
            toString(sent_body.bool_value), '') AS body_text,
        if(sent_time > 0, sent_time, observed_time) AS told_time
    FROM cut
),
with_contents AS
(
    SELECT
        *,
        [system_instructions_elements, system_instructions_other, input_messages_elements, input_messages_other,
            output_messages_elements, output_messages_other, tool_definitions_elements, tool_definitions_other,
            arrayMap((d, f) -> ${document_text}, documents_json, document_fields),
            ${payloads},
            arrayFilter(x -> x != '', [body_text])] AS contents
    FROM with_documents
),
hashed AS (SELECT *, arrayMap(texts -> arrayMap(x -> reinterpretAsUInt128(sipHash128(x)), texts), contents) AS hashes FROM with_contents)
SELECT
    project_id,
    toStartOfMinute(time) AS minute,
    fromUnixTimestamp64Nano(toInt64(if(told_time BETWEEN received_ns - ${five_years_ns} AND received_ns + ${day_ns}, told_time, received_ns)), 'UTC') AS time,
    fromUnixTimestamp64Milli(toInt64(intDiv(received_ns, 1000000)), 'UTC') AS received_at,
    sipHash64(getSetting('insert_deduplication_token')) AS segment,
    identity,
    lower(hex(sent_trace_id)) AS trace_id,
    lower(hex(sent_span_id)) AS span_id,
    toUInt8(greatest(0, least(sent_severity, 24))) AS severity_number,
    severity_text,
    if(sent_event_name != '', sent_event_name, value_text[indexOf(keys, 'event.name')]) AS event_name,
    ${service_name} AS service_name,
    scope_name,
    CAST((arrayFilter((k, i) -> NOT has(content_positions, i), keys, arrayEnumerate(keys)),
        arrayFilter((v, i) -> NOT has(content_positions, i), value_text, arrayEnumerate(keys))),
        'Map(LowCardinality(String), String)') AS attributes,
    resource_attributes,
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
    hashes[14] AS body,
    arrayZip(
        arrayFlatten(hashes),
        arrayFlatten(arrayMap((texts, kind) -> arrayWithConstant(length(texts), kind), contents,
            ['system', 'system', 'message', 'message', 'message', 'message', 'tool_definition', 'tool_definition', 'document',
                'payload', 'payload', 'payload', 'payload', 'log'])),
        arrayFlatten(contents)) AS texts
FROM hashed
