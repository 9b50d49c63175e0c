-- Contents of the rows of a flow: each text once, with what a person would read in it.
SELECT
    project_id, hash, kind, role,
    -- what we find nothing to read in is shown as it was sent, but for a message that says nothing
    if(readable = '' AND NOT is_silent_message, raw, readable) AS text,
    -- text alone, or {role, parts: [one text]}, is rebuilt from role and text; anything richer is kept as sent
    if(text = raw OR is_plain_message AND JSONLength(raw) = 2 AND JSONLength(raw, 'parts', 1) = 2, '', raw) AS body,
    now() AS first_seen
FROM
(
    SELECT
        project_id, hash, kind, raw,
        message.role AS role,
        kind = 'message' AND role != '' AND length(message.parts) = 1 AND message.parts[1].type = 'text'
            AND message.parts[1].content != '' AS is_plain_message,
        kind = 'message' AND role != '' AND arrayAll(p -> p.type = 'text', message.parts)
            AND (notEmpty(message.parts) OR JSONHas(raw, 'content') AND message.content = '') AS is_silent_message,
        multiIf(
            json_type = 'String', JSONExtractString(raw),
            -- other JSON as it is, but for letters written as escapes
            message_json = '', if(position(raw, '\\u') > 0, JSONExtractRaw(raw), raw),
            arrayStringConcat(arrayFilter(x -> x != '', arrayConcat(
                arrayMap(p -> ${readable_part}, message.parts),
                arrayMap(p -> ${readable_part}, content_parts),
                if(kind = 'message', [], [message.title, message.name, message.function.name, message.description,
                    message.function.description]),
                if(empty(content_parts), [message.content], []),
                [message.text, message.page_content],
                arrayMap(p -> ${readable_part}, message.tool_calls))), '\n')
        ) AS readable
    FROM
    (
        SELECT
            *,
            JSONExtract(message_json, '${message_type}') AS message,
            -- shapes other than OTel GenAI have a list as `content`
            JSONExtract(if(startsWith(message.content, '['), message.content, ''), '${parts_type}') AS content_parts
        FROM
        (
            SELECT
                project_id, t.hash AS hash, t.kind AS kind, t.raw AS raw,
                JSONType(raw) AS json_type,
                if(json_type = 'Object' AND kind IN ('message', 'system', 'tool_definition'), raw, '') AS message_json
            FROM (SELECT project_id, arrayJoin(texts) AS t FROM ${source} LIMIT 1 BY project_id, t.hash)
        )
    )
)
