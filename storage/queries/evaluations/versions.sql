-- Every version of the evaluations with an id, in order of when they were received. A version that was joined to the
-- span of its response lies where it waited as well as at its place: it is told once.
-- Asked by storage.evaluations.history.
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
        AND id = {id:String}
    ORDER BY state DESC
    LIMIT 1 BY trace_id, session_id, span_id, name, changed_at
)
WHERE state != 'moved'
ORDER BY changed_at_unix_nano, trace_id, session_id, span_id, name
LIMIT {limit:UInt32}
