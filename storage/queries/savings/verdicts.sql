-- Evaluations of calls that start in [start_ns, end_ns), summed by what was asked and which model answered. Of traces in
-- which one chat call counts, so that it is known what was judged. One vote for each thing judged and who judged it, the
-- latest; in sums it counts 1 / probability. Sums over clusters (sessions, or traces without one) as in evaluations/rates.sql. Asked by storage.savings.
SELECT
    feature, prompt_name, prompt_version, model, name, kind, sum(voted) AS votes, sum(n) AS weight, count() AS clusters, sum(s) AS total, sum(q) AS squares,
    sum(n * n) AS nn, sum(s * s) AS ss, sum(s * n) AS sn
FROM
(
    SELECT
        c.feature AS feature, c.prompt_name AS prompt_name, c.prompt_version AS prompt_version, c.model AS model, v.name AS name,
        v.kind AS kind, c.cluster AS cluster, count() AS voted, sum(v.weight) AS n, sum(v.weight * v.score) AS s,
        sum(v.weight * v.score * v.score) AS q
    FROM
    (
        SELECT trace_id, span_id, name, kind, assumeNotNull(score) AS score, 1 / probability AS weight
        FROM
        (
            SELECT trace_id, session_id, span_id, name, id, kind, score, source, author, state, time, probability
            FROM evaluation_versions
            WHERE project_id = {project:String} AND trace_id != ''
            ORDER BY changed_at DESC, state DESC
            LIMIT 1 BY trace_id, session_id, span_id, name, id
        )
        WHERE state = 'stands' AND kind IN ('boolean', 'number') AND isNotNull(score)
        ORDER BY time DESC, id
        LIMIT 1 BY trace_id, span_id, name, source, author
    ) AS v
    INNER JOIN
    (
        SELECT
            trace_id, any(feature) AS feature, any(prompt_name) AS prompt_name, any(prompt_version) AS prompt_version,
            any(model) AS model, any(cluster) AS cluster
        FROM
        (
            SELECT
                c.trace_id AS trace_id, c.feature AS feature, c.prompt_name AS prompt_name, c.prompt_version AS prompt_version,
                c.model AS model, if(t.session_id != '', t.session_id, c.trace_id) AS cluster
            FROM (${savings/counted}) AS c
            LEFT JOIN
            (
                SELECT trace_id, session_id
                FROM traces FINAL
                WHERE project_id = {project:String}
                    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600 - 86400, 'UTC')
                    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
            ) AS t ON c.trace_id = t.trace_id
            WHERE c.operation = 'chat'
        )
        GROUP BY trace_id
        HAVING count() = 1
    ) AS c ON v.trace_id = c.trace_id
    GROUP BY feature, prompt_name, prompt_version, model, name, kind, cluster
)
GROUP BY feature, prompt_name, prompt_version, model, name, kind
ORDER BY feature, prompt_name, prompt_version, name, model
LIMIT {limit:UInt32}
