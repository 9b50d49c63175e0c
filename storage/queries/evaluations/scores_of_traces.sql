-- What the evaluations of some traces, those of their spans included, come to: a row a trace and name.
-- Asked by storage.traces for a page.
SELECT
    trace_id AS subject, name, topK(1)(kind)[1] AS kind_of_most, avg(score) AS mean,
    ifNull(topKIf(1)(told, told != '')[1], '') AS commonest, count() AS evaluations,
    arraySort(groupUniqArrayIf(10)(source, source != '')) AS sources
FROM
(
    SELECT trace_id, name, kind, score, source, ${evaluators/told_label} AS told
    FROM
    (
        SELECT trace_id, name, kind, score, label, source, state
        FROM evaluation_versions
        WHERE project_id = {project:String}
            AND trace_id IN {trace_ids:Array(String)}
        ORDER BY changed_at DESC, state DESC
        LIMIT 1 BY trace_id, span_id, name, id
    )
    WHERE state = 'stands'
)
GROUP BY subject, name
ORDER BY subject, name
LIMIT {limit:UInt32}
