-- How the evaluations of some traces by one of our evaluators stand. Asked by storage.evaluators before it writes.
SELECT trace_id, evaluator_version, verdict_key, probability, toUnixTimestamp64Micro(changed_at) AS changed_us
FROM evaluation_versions
WHERE project_id = {project:String}
    AND trace_id IN {trace_ids:Array(String)}
    AND name = {name:String}
    AND evaluator_version != ''
ORDER BY trace_id, changed_at DESC
LIMIT 1 BY trace_id
LIMIT {limit:UInt32}
