-- Evaluations of some traces or of some of their spans, each in its newest version, in order of time.
-- Asked with a trace and with spans in full.
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
        AND trace_id IN {trace_ids:Array(String)}
        AND (empty({span_ids:Array(String)}) OR span_id IN {span_ids:Array(String)})
    ORDER BY changed_at DESC, state DESC
    LIMIT 1 BY trace_id, session_id, span_id, name, id
)
WHERE state = 'stands'
ORDER BY time_unix_nano, trace_id, span_id, name, id
LIMIT {limit:UInt32}
