-- A set, for the question about attacks: the ids of the traces in which the detector called `detector` found something, by
-- the project's threshold. From the projection by name, which is small. Asked by storage.guardrails.
SELECT trace_id
FROM
(
    SELECT trace_id, ${evaluators/told_label} AS told
    FROM
    (
        SELECT trace_id, id, name, source, score, label, state
        FROM evaluation_versions
        WHERE project_id = {project:String}
            AND name = {detector:String}
            AND evaluator_version != '' AND trace_id != '' AND span_id = ''
        ORDER BY changed_at DESC, state DESC
        LIMIT 1 BY trace_id, id
    )
    WHERE state = 'stands'
)
WHERE told = 'found'
