-- The newest version of the evaluations with some ids, wherever they are, retracted ones included: by id and place.
-- Asked before evaluations are written or retracted.
SELECT
    id, trace_id, span_id, session_id, toUnixTimestamp64Nano(time) AS time_unix_nano, name, kind, score, label,
    explanation, correction, source, author, by_member, response_id, metadata,
    toUnixTimestamp64Micro(changed_at) * 1000 AS changed_at_unix_nano, state != 'stands' AS is_deleted
FROM
(
    SELECT
        id, trace_id, span_id, session_id, response_id, name, changed_at, state, time, kind, score, label, explanation,
        correction, source, author, by_member, metadata
    FROM evaluation_versions
    WHERE project_id = {project:String}
        AND id IN {ids:Array(String)}
    ORDER BY changed_at DESC, state DESC
    LIMIT 1 BY trace_id, session_id, span_id, name, id
)
WHERE state != 'moved'
ORDER BY id, trace_id, session_id, span_id, name
LIMIT {limit:UInt32}
