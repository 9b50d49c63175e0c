-- Sums of the evaluations of one name over the traces that start in [start_ns, end_ns) and fit the filters, by two
-- dimensions and steps of `step_ns` (0: one step). Evaluations of a session count with its latest trace there.
--
-- One vote for each thing judged and who judged it, the latest. Votes are summed by session first (a trace without one
-- stands alone), as traces of one conversation are not independent: `nn`, `ss`, `sn` are sums over these clusters of
-- votes squared, score squared and votes times score; `cc` and `cn` the like for each of `labels`, which are those that the
-- project's threshold makes of scores. In all sums a vote counts
-- 1 / probability, as it stands for so many traces, only `votes` and `label_votes` count votes.
-- In order of time, then the most votes first. Asked by storage.evaluations.rates.
SELECT
    step, first_value, second_value, kind, sum(v) AS votes, sum(n) AS weight, count() AS clusters, sum(s) AS total,
    sum(q) AS squares, sum(n * n) AS nn, sum(s * s) AS ss, sum(s * n) AS sn,
    sumMap(labels, label_votes) AS votes_by_label,
    sumMap(labels, counts) AS by_label,
    sumMap(labels, arrayMap(c -> c * c, counts)) AS cc,
    sumMap(labels, arrayMap(c -> c * n, counts)) AS cn
FROM
(
    SELECT
        step, first_value, second_value, kind, cluster, count() AS v, sum(weight) AS n, sum(ifNull(weight * score, 0)) AS s,
        sum(ifNull(weight * score * score, 0)) AS q,
        sumMap([label], [weight], [toUInt64(1)]) AS labelled, labelled.1 AS labels, labelled.2 AS counts,
        labelled.3 AS label_votes
    FROM
    (
        SELECT
            if({step_ns:Int64} = 0, 0, intDiv(toUnixTimestamp64Nano(start_time) - {start_ns:Int64}, greatest({step_ns:Int64}, 1))) AS step,
            toString({first:Identifier}) AS first_value, toString({second:Identifier}) AS second_value,
            kind, cluster, score, weight, toString(label) AS label
        FROM
        (
            SELECT
                v.kind AS kind, v.score AS score, v.weight AS weight, v.label AS label, v.source AS source, v.author AS author, '' AS nothing,
                t.start_time AS start_time, t.cluster AS cluster, t.feature AS feature, t.prompt_name AS prompt_name,
                t.prompt_version AS prompt_version, t.tenant_id AS tenant_id, t.user_tier AS user_tier,
                t.service_name AS service_name, t.environment AS environment,
                multiIf(NOT {by_model:Bool}, [''], m.model != '', [toString(m.model)], empty(t.chat_models), [''],
                    CAST(t.chat_models, 'Array(String)')) AS models
            FROM
            (
                SELECT
                    trace_id, session_id, span_id, kind, score, ${evaluators/told_label} AS label, source, author,
                    1 / probability AS weight
                FROM
                (
                    SELECT trace_id, session_id, span_id, name, id, kind, score, label, source, author, state, time, probability
                    FROM evaluation_versions
                    WHERE project_id = {project:String}
                        AND name = {name:String}
                    ORDER BY changed_at DESC, state DESC
                    LIMIT 1 BY trace_id, session_id, span_id, id
                )
                WHERE state = 'stands' AND kind != 'text' AND (trace_id != '' OR session_id != '')
                ORDER BY time DESC, id
                LIMIT 1 BY trace_id, session_id, span_id, source, author
            ) AS v
            INNER JOIN
            (
                SELECT
                    trace_id, '' AS session_id, start_time, if(t.session_id != '', t.session_id, t.trace_id) AS cluster,
                    feature, prompt_name, prompt_version, tenant_id, user_tier, service_name, environment, chat_models
                FROM traces AS t FINAL
                WHERE project_id = {project:String}
                    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
                    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
                    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
                    AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
                    AND trace_id IN
                    (
                        SELECT trace_id FROM evaluation_versions
                        WHERE project_id = {project:String} AND name = {name:String} AND trace_id != ''
                    )
                    /* filters */
                UNION ALL
                SELECT
                    '' AS trace_id, t.session_id AS session_id, start_time, t.session_id AS cluster, feature, prompt_name,
                    prompt_version, tenant_id, user_tier, service_name, environment, chat_models
                FROM traces AS t FINAL
                WHERE project_id = {project:String}
                    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
                    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
                    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
                    AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
                    AND t.session_id != ''
                    AND t.session_id IN
                    (
                        SELECT session_id FROM evaluation_versions
                        WHERE project_id = {project:String} AND name = {name:String} AND trace_id = ''
                    )
                    /* filters */
                ORDER BY start_time DESC
                LIMIT 1 BY t.session_id
            ) AS t ON v.trace_id = t.trace_id AND v.session_id = t.session_id
            LEFT JOIN
            (
                SELECT trace_id, span_id, model
                FROM spans
                WHERE project_id = {project:String}
                    AND {by_model:Bool}
                    AND start_minute IN
                    (
                        SELECT minute FROM trace_minutes
                        WHERE project_id = {project:String} AND trace_id IN
                        (
                            SELECT trace_id FROM evaluation_versions
                            WHERE project_id = {project:String} AND name = {name:String} AND span_id != ''
                        )
                    )
                    AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
                    AND (trace_id, span_id) IN
                    (
                        SELECT trace_id, span_id FROM evaluation_versions
                        WHERE project_id = {project:String} AND name = {name:String} AND span_id != ''
                    )
                    AND model != ''
            ) AS m ON v.trace_id = m.trace_id AND v.span_id = m.span_id
        )
        ARRAY JOIN models AS model
    )
    GROUP BY step, first_value, second_value, kind, cluster
)
GROUP BY step, first_value, second_value, kind
ORDER BY step, votes DESC, first_value, second_value, kind
LIMIT {limit:UInt32}
