-- Contents of the rows of a flow: each text once, with what a person would read in it.
SELECT
    project_id, hash, kind, role,
    if(readable = '', raw, readable) AS text,
    -- {role, parts: [one text]} is rebuilt from role and text; anything richer is kept as sent
    if(NOT is_object OR kind = 'message' AND length(parts) = 1 AND length(JSONExtractKeys(raw)) = 2
        AND JSONExtractString(parts[1], 'type') = 'text' AND length(JSONExtractKeys(parts[1])) = 2 AND readable != '', '', raw) AS body,
    now() AS first_seen
FROM
(
    SELECT
        *,
        if(is_object, JSONExtractString(raw, 'role'), '') AS role,
        -- The parts of a message: OTel GenAI `parts`, or the `content` array of other shapes.
        multiIf(NOT is_object, [],
            JSONType(raw, 'parts') = 'Array', JSONExtractArrayRaw(raw, 'parts'),
            JSONType(raw, 'content') = 'Array', JSONExtractArrayRaw(raw, 'content'),
            []) AS parts,
        multiIf(
            NOT is_object OR kind IN ('payload', 'attribute', 'log'), raw,
            notEmpty(parts), arrayStringConcat(arrayFilter(x -> x != '', arrayMap(p -> ${readable_part}, parts)), '\n'),
            arrayStringConcat(arrayFilter(x -> x != '', arrayMap(k -> JSONExtractString(raw, k),
                ['title', 'name', 'description', 'content', 'text', 'page_content'])), '\n')) AS readable
    FROM
    (
        SELECT project_id, t.hash AS hash, t.kind AS kind, t.raw AS raw, JSONType(raw) = 'Object' AS is_object
        FROM (SELECT project_id, arrayJoin(texts) AS t FROM ${source} LIMIT 1 BY project_id, t.hash)
    )
)
