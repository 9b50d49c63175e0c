-- The evaluations of one page in full, in no particular order of the page; those of the same places that changed at
-- another time may be among them. Asked by storage.evaluations.list_evaluations.
SELECT
    id, trace_id, span_id, session_id, toUnixTimestamp64Nano(time) AS time_unix_nano, name, kind, score, label,
    explanation, correction, source, author, by_member, response_id, metadata,
    toUnixTimestamp64Micro(changed_at) * 1000 AS changed_at_unix_nano, state != 'stands' AS is_deleted
FROM evaluation_versions
WHERE project_id = {project:String}
    AND trace_id IN {trace_ids:Array(String)}
    AND session_id IN {session_ids:Array(String)}
    AND id IN {ids:Array(String)}
    AND state != 'moved'
ORDER BY id, trace_id, session_id, span_id, name, changed_at
LIMIT 1 BY id, trace_id, session_id, span_id, name, changed_at
LIMIT {limit:UInt32}
