-- How many traces of a window each judge calls unsupported, by steps of `step_ns` (0: one step) and, if `grouped`, by what
-- traces have in common; dimension '' is all of them. A trace that several models answered counts with each. Sums over
-- clusters as in evaluations/rates.sql, where a trace weighs as much as it stands for. The largest groups of a step first.
-- Asked by storage.groundedness.tallies.
SELECT
    judge, step, dimension.1 AS field, dimension.2 AS value, dimension.3 AS prompt, sum(votes_of) AS votes,
    sum(n) AS weight, count() AS clusters, sum(b) AS total, sum(n * n) AS nn, sum(b * b) AS ss, sum(b * n) AS sn,
    sum(bad_of) AS bad_votes, arraySort(groupUniqArrayArray(forms_of)) AS forms
FROM
(
    SELECT
        judge, step, dimension, cluster, count() AS votes_of, sum(weight) AS n, sum(weight * unsupported) AS b,
        toUInt64(sum(unsupported)) AS bad_of, groupUniqArray(form) AS forms_of
    FROM
    (
        SELECT
            v.judge AS judge, v.unsupported AS unsupported, v.weight AS weight, v.form AS form, t.cluster AS cluster,
            if({step_ns:Int64} = 0, 0, intDiv(t.start_ns - {start_ns:Int64}, greatest({step_ns:Int64}, 1))) AS step,
            arrayFilter(
                d -> d.1 = '' OR {grouped:Bool},
                arrayConcat(
                    [('', '', ''), ('feature', feature_of, ''), ('tenant_id', tenant_of, ''),
                        ('prompt_version', version_of, prompt_of)],
                    arrayMap(m -> ('model', m, ''), if(empty(models_of), [''], models_of)))) AS dimensions
        FROM (${groundedness/votes}) AS v
        INNER JOIN (${groundedness/traces}) AS t ON v.trace_id = t.trace_id
    )
    ARRAY JOIN dimensions AS dimension
    GROUP BY judge, step, dimension, cluster
)
GROUP BY judge, step, dimension
ORDER BY step, judge, field, votes DESC, prompt, value
LIMIT {limit:UInt32}
