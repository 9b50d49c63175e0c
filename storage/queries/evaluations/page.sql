-- Evaluations that were judged in [start_ns, end_ns), the latest first. An empty value of a condition holds of all.
-- `every`: all versions, else the newest of each that stands. Asked by storage.evaluations.list_evaluations.
SELECT
    id, trace_id, span_id, session_id, toUnixTimestamp64Nano(time) AS time_unix_nano, name, kind, score, label,
    explanation, correction, source, author, response_id, metadata,
    toUnixTimestamp64Micro(changed_at) * 1000 AS changed_at_unix_nano, state != 'stands' AS is_deleted,
    concat(id, '/', trace_id, '/', span_id, '/', name, '/', toString(changed_at_unix_nano)) AS tie
FROM
(
    SELECT
        id, trace_id, span_id, session_id, response_id, name, changed_at, state, time, kind, score, label, explanation,
        correction, source, author, metadata
    FROM evaluation_versions
    WHERE project_id = {project:String}
        /* evaluations */
    ORDER BY changed_at DESC, state DESC
    LIMIT 1 BY trace_id, session_id, span_id, name, id, if({every:Bool}, changed_at, toDateTime64(0, 6, 'UTC'))
)
WHERE (state = 'stands' OR {every:Bool} AND state = 'retracted')
    AND time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    AND (-time_unix_nano, tie) > ({after:Int64}, {after_id:String})
ORDER BY -time_unix_nano, tie
LIMIT {limit:UInt32}
