-- What the evaluations of some sessions come to, those of their traces that start in [start_ns, end_ns) included: a
-- row a session and name. Asked by storage.sessions for a page.
SELECT
    subject, name, topK(1)(kind)[1] AS kind_of_most, avg(score) AS mean,
    ifNull(topKIf(1)(told, told != '')[1], '') AS commonest, count() AS evaluations,
    arraySort(groupUniqArrayIf(10)(source, source != '')) AS sources
FROM
(
    SELECT
        if(e.session_id != '', e.session_id, t.session_id) AS subject, name, kind, score, source, state,
        ${evaluators/told_label} AS told
    FROM
    (
        SELECT trace_id, session_id, name, kind, score, label, source, state
        FROM evaluation_versions
        WHERE project_id = {project:String}
            AND (trace_id = '' AND session_id IN {session_ids:Array(String)} OR trace_id IN
            (
                SELECT trace_id
                FROM traces FINAL
                WHERE project_id = {project:String}
                    AND session_id IN {session_ids:Array(String)}
                    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
                    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
            ))
        ORDER BY changed_at DESC, state DESC
        LIMIT 1 BY trace_id, session_id, span_id, name, id
    ) AS e
    LEFT JOIN
    (
        SELECT trace_id, session_id
        FROM traces FINAL
        WHERE project_id = {project:String}
            AND session_id IN {session_ids:Array(String)}
            AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
            AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
    ) AS t USING (trace_id)
)
WHERE state = 'stands'
GROUP BY subject, name
ORDER BY subject, name
LIMIT {limit:UInt32}
