-- A set, for the question about attacks: in which text of a trace the detector called `detector` found what decided about it,
-- and where in the text: its first character and length, (0, 0) for all of it. Asked by storage.guardrails.
SELECT
    e.trace_id AS trace_id, v.hash AS text_hash, v.read AS reads,
    arrayFirst(f -> f.type = 'planted_instruction' AND f.end > f.start,
        JSONExtract(v.said, 'findings', 'Array(Tuple(type String, start UInt32, end UInt32))')) AS planted,
    (planted.start, toUInt32(planted.end - planted.start)) AS place
FROM
(
    SELECT trace_id, evaluator_version, verdict_key
    FROM evaluation_versions
    WHERE project_id = {project:String}
        AND trace_id IN (${guardrails/found_traces})
        AND name = {detector:String}
        AND evaluator_version != '' AND span_id = ''
    ORDER BY changed_at DESC, state DESC
    LIMIT 1 BY trace_id, id
) AS e
INNER JOIN
(
    SELECT key, version, argMax(text_hash, at) AS hash, argMax(toString(reads), at) AS read, argMax(details, at) AS said
    FROM verdicts
    WHERE project_id = {project:String}
        AND evaluator = {detector:String}
        AND text_hash != 0
    GROUP BY key, version
) AS v ON e.verdict_key = v.key AND e.evaluator_version = v.version
