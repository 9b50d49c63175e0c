-- A set, for the questions about failures: what evaluations say went wrong, by trace, for rules that come as parallel
-- arrays: a name, and a score above or below which or a label with which it is a failure ('*': any), and labels that
-- settle it whatever the score is. Labels are those that the project's thresholds make of scores. Of one thing judged, one author has one vote, the latest.
SELECT trace_id, groupArray(20)((cause, span_id, concat('evaluation.', name), reason)) AS judged
FROM
(
    SELECT
        trace_id, span_id, name,
        rule.1 AS cause,
        multiIf(rule.3 = '*', 'there is one', rule.3 != '', concat(rule.3, ifNull(concat(', ', toString(round(score, 2))), '')), rule.5 > -1e300,
            concat(toString(round(assumeNotNull(score), 2)), ' is below ', toString(rule.5)),
            concat(toString(round(assumeNotNull(score), 2)), ' is at least ', toString(rule.4))) AS reason
    FROM
    (
        SELECT trace_id, span_id, name, score, ${evaluators/told_label} AS label, time
        FROM
        (
            SELECT trace_id, session_id, span_id, name, id, score, label, source, author, state, time
            FROM evaluation_versions
            WHERE project_id = {project:String}
                AND name IN {judged_names:Array(String)}
                AND trace_id != ''
            ORDER BY changed_at DESC, state DESC
            LIMIT 1 BY trace_id, session_id, span_id, name, id
        )
        WHERE state = 'stands'
        ORDER BY time DESC
        LIMIT 1 BY trace_id, span_id, name, source, author
    )
    ARRAY JOIN arrayZip({judged_causes:Array(String)}, {judged_names:Array(String)}, {judged_labels:Array(String)},
        {judged_above:Array(Float64)}, {judged_below:Array(Float64)}, {judged_settled:Array(String)}) AS rule
    WHERE rule.2 = name
        AND multiIf(rule.3 = '*', 1, rule.3 != '', label = rule.3, label != '' AND has(splitByChar(',', rule.6), label), 0,
            ifNull(score >= rule.4 OR score < rule.5, 0))
)
GROUP BY trace_id
