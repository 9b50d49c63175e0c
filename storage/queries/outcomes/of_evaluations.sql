-- What is known of each trace of the window that has evaluations of one name, its own or of its spans: their mean score,
-- or with a label the share that has it, by the project's threshold. Each author has one vote on one thing, the latest. A trace counts for as many
-- as its evaluation stands for, by the probability with which it was sampled. In order of time. Asked by storage.outcomes.
SELECT
    trace_id, toUnixTimestamp64Nano(start_time) AS start_ns, session_id, tenant_id, feature, prompt_name, prompt_version,
    environment, answered_by, tokens_a_call, turn, if({label:String} = '', e.mean, e.labelled) AS outcome, e.weight AS weight,
    count() OVER () AS traces
FROM (${outcomes/facts}) AS f
INNER JOIN
(
    SELECT trace_id, avg(score) AS mean, avg(label = {label:String}) AS labelled, 1 / max(probability) AS weight
    FROM
    (
        SELECT trace_id, span_id, score, ${evaluators/told_label} AS label, source, author, probability
        FROM
        (
            SELECT trace_id, session_id, span_id, name, id, score, label, source, author, state, time, probability
            FROM evaluation_versions
            WHERE project_id = {project:String}
                AND name = {name:String}
            ORDER BY changed_at DESC, state DESC
            LIMIT 1 BY trace_id, session_id, span_id, id
        )
        WHERE state = 'stands' AND trace_id != ''
        ORDER BY time DESC, id
        LIMIT 1 BY trace_id, span_id, source, author
    )
    GROUP BY trace_id
) AS e USING (trace_id)
WHERE isNotNull(outcome)
ORDER BY start_time, trace_id
LIMIT {limit:UInt32}
