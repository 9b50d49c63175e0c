-- A row a log record. Records of GenAI events carry contents in the same attributes as spans do.
SELECT
    project_id,
    fromUnixTimestamp64Nano(toInt64(time_ns), 'UTC') AS time,
    fromUnixTimestamp64Milli(toInt64(intDiv(received_ns, 1000000)), 'UTC') AS received_at,
    lower(hex(record.trace_id)) AS trace_id,
    lower(hex(record.span_id)) AS span_id,
    toUInt8(greatest(0, least(record.severity_number, 24))) AS severity_number,
    record.severity_text AS severity_text,
    if(record.event_name != '', record.event_name, value_text[indexOf(keys, 'event.name')]) AS event_name,
    ${service_name} AS service_name,
    scope.name AS scope_name,
    CAST(arrayFilter((kv, i) -> NOT has(content_positions, i), arrayZip(keys, value_text), positions),
        'Map(String, String)') AS attributes,
    resource_attributes,
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
    arrayMap(x -> ${hash_of_x}, body_texts) AS body,
    arrayConcat(
        arrayMap(x -> (${hash_of_x}, 'system', x), system_texts),
        arrayMap(x -> (${hash_of_x}, 'message', x), input_message_texts),
        arrayMap(x -> (${hash_of_x}, 'message', x), output_message_texts),
        arrayMap(x -> (${hash_of_x}, 'tool_definition', x), tool_definition_texts),
        arrayMap(x -> (${hash_of_x}, 'document', x), document_texts),
        arrayMap(x -> (${hash_of_x}, 'payload', x), arrayConcat(input_texts, output_texts)),
        arrayMap(x -> (${hash_of_x}, 'log', x), body_texts)) AS texts
FROM
(
    SELECT
        *,
        ${value_text} AS value_text,
        arrayEnumerate(keys) AS positions,
        ${position_of} AS position_of,
        arrayFilter(p -> p > 0, arrayMap(f -> position_of[f], ${content_fields})) AS content_positions,
        ${split_system} AS system_texts,
        ${split_input_messages} AS input_message_texts,
        ${split_output_messages} AS output_message_texts,
        ${split_tool_definitions} AS tool_definition_texts,
        ${documents} AS documents_json,
        ${split_documents} AS document_json,
        arrayResize(JSONExtract(documents_json, '${document_type}'), length(document_json)) AS document_fields,
        arrayMap((d, f) -> ${document_text}, document_json, document_fields) AS document_texts,
        arrayFilter(x -> x != '', [${input}]) AS input_texts,
        arrayFilter(x -> x != '', [${output}]) AS output_texts,
        arrayFilter(x -> x != '', [multiIf(
            isNotNull(record.body.string_value), assumeNotNull(record.body.string_value),
            isNotNull(record.body.int_value), toString(assumeNotNull(record.body.int_value)),
            isNotNull(record.body.double_value), toString(assumeNotNull(record.body.double_value)),
            isNotNull(record.body.bool_value), toString(assumeNotNull(record.body.bool_value)), '')]) AS body_texts,
        if(record.time_unix_nano > 0, record.time_unix_nano, record.observed_time_unix_nano) AS sent_time,
        if(sent_time < ${year_2000_ns} OR sent_time > received_ns + ${day_ns}, received_ns, sent_time) AS time_ns
    FROM
    (
        SELECT
            project_id, received_ns, resource_text, resource_position_of, resource_attributes,
            sl.scope AS scope,
            r AS record,
            r.attributes.key AS keys,
            r.attributes.value.string_value AS strings,
            r.attributes.value.int_value AS ints,
            r.attributes.value.double_value AS doubles,
            r.attributes.value.bool_value AS bools
        FROM
        (
            SELECT
                project AS project_id,
                received_unix_nano AS received_ns,
                rl.scope_logs AS scope_logs,
                rl.resource.attributes.key AS keys,
                rl.resource.attributes.value.string_value AS strings,
                rl.resource.attributes.value.int_value AS ints,
                rl.resource.attributes.value.double_value AS doubles,
                rl.resource.attributes.value.bool_value AS bools,
                ${value_text} AS resource_text,
                ${resource_position_of} AS resource_position_of,
                CAST(arrayZip(keys, resource_text), 'Map(String, String)') AS resource_attributes
            FROM landing_logs
            ARRAY JOIN resource_logs AS rl
        )
        ARRAY JOIN scope_logs AS sl
        ARRAY JOIN sl.log_records AS r
    )
)
