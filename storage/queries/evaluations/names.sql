-- The names that evaluations judged in [start_ns, end_ns) have, with how many there are by kind and source. The
-- commonest first. Asked by storage.evaluations.names: what can be a column, a filter, a rate.
SELECT
    name, count() AS evaluations, countIf(source = 'human') AS by_people, topK(1)(kind)[1] AS kind,
    arraySort(groupUniqArrayIf(10)(source, source != '')) AS sources
FROM
(
    SELECT name, kind, source, state, time
    FROM evaluation_versions
    WHERE project_id = {project:String}
    ORDER BY changed_at DESC, state DESC
    LIMIT 1 BY trace_id, session_id, span_id, name, id
)
WHERE state = 'stands'
    AND time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    AND startsWith(lower(name), lower({prefix:String}))
GROUP BY name
ORDER BY evaluations DESC, name
LIMIT {limit:UInt32}
