-- The commonest labels of one evaluation judged in [start_ns, end_ns), by the project's threshold, the commonest first.
-- Asked by storage.suggestions.values.
SELECT value, count() AS evaluations
FROM
(
    SELECT ${evaluators/told_label} AS value
    FROM
    (
        SELECT name, score, label, source, state, time
        FROM evaluation_versions
        WHERE project_id = {project:String}
            AND name = {name:String}
        ORDER BY changed_at DESC, state DESC
        LIMIT 1 BY trace_id, session_id, span_id, id
    )
    WHERE state = 'stands'
        AND time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
)
WHERE value != ''
    AND startsWith(lower(value), lower({prefix:String}))
GROUP BY value
ORDER BY evaluations DESC, value
LIMIT {limit:UInt32}
