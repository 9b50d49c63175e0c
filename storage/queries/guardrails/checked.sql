-- A set, for the questions about guardrails: which checked what trace, a row a trace and check, and what came of it.
-- `source` is `app` for the app's own guardrails, by their spans, `groundwire` for our detectors, by the newest
-- evaluation of each that is one of `detectors`; what a project's threshold makes of its score counts. A trace has tripped
-- a guardrail where any of its checks did, and it broke where one did and none tripped. A trace counts 1 / the probability
-- with which it was sampled; apps check what they check. Asked by storage.guardrails.
SELECT
    trace_id, 'app' AS source, if(guardrail_name != '', toString(guardrail_name), toString(name)) AS guardrail,
    max(guardrail_verdict IN ('fail', 'modified')) AS tripped, max(guardrail_verdict = 'modified') AS modified,
    NOT tripped AND max(guardrail_verdict = 'error') AS broke, toFloat64(1) AS weight
FROM spans
WHERE project_id = {project:String}
    AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
    AND start_minute <= toDateTime(intDiv({reach_ns:Int64}, 60000000000) * 60, 'UTC')
    AND guardrail_verdict != ''
GROUP BY trace_id, guardrail
UNION ALL
SELECT
    trace_id, 'groundwire' AS source, toString(name) AS guardrail, toUInt8(told = 'found') AS tripped, toUInt8(0) AS modified,
    toUInt8(0) AS broke, 1 / probability AS weight
FROM
(
    SELECT trace_id, name, probability, ${evaluators/told_label} AS told
    FROM
    (
        SELECT trace_id, id, name, source, score, label, state, probability
        FROM evaluation_versions
        WHERE project_id = {project:String}
            AND name IN {detectors:Array(String)}
            AND evaluator_version != '' AND trace_id != '' AND span_id = ''
        ORDER BY changed_at DESC, state DESC
        LIMIT 1 BY trace_id, id
    )
    WHERE state = 'stands'
)
WHERE told IN ('found', 'none')
