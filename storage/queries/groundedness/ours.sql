-- A set, for the questions about groundedness: what an evaluator of ours says of traces that start in [start_ns, end_ns).
SELECT trace_id, name, source, score, label, evaluator_version, verdict_key, probability
FROM
(
    SELECT trace_id, name, source, score, label, state, evaluator_version, verdict_key, probability
    FROM evaluation_versions
    WHERE project_id = {project:String}
        AND name = {evaluator:String}
        AND evaluator_version != ''
        AND trace_id IN
        (
            SELECT trace_id FROM traces
            WHERE project_id = {project:String}
                AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
                AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
        )
    ORDER BY changed_at DESC, state DESC
    LIMIT 1 BY trace_id, id
)
WHERE state = 'stands'
