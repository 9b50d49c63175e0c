-- The commonest labels of one evaluation judged in [start_ns, end_ns), the commonest first.
-- Asked by storage.suggestions.values.
SELECT toString(label) AS value, count() AS evaluations
FROM
(
    SELECT label, state, time
    FROM evaluation_versions
    WHERE project_id = {project:String}
        AND name = {name:String}
    ORDER BY changed_at DESC, state DESC
    LIMIT 1 BY trace_id, session_id, span_id, id
)
WHERE state = 'stands'
    AND label != ''
    AND time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    AND startsWith(lower(label), lower({prefix:String}))
GROUP BY value
ORDER BY evaluations DESC, value
LIMIT {limit:UInt32}
