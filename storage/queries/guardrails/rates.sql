-- How often guardrails tripped in the traces that start in [start_ns, end_ns) and fit the filters, by steps of `step_ns`
-- (0: one step), by guardrail and by one dimension: `tenant_id`, `feature`, `model` or `nothing`. A trace with several
-- models counts with each of them. The sums are those of evaluations/rates.sql, with votes of 0 and 1: traces are summed by
-- session first. In order of time, then the most trips first. Asked by storage.guardrails.
SELECT
    step, source, guardrail, value, sum(traces) AS checked, sum(n) AS weight, count() AS clusters, sum(tripped_traces) AS trips,
    sum(s) AS total, sum(n * n) AS nn, sum(s * s) AS ss, sum(s * n) AS sn, sum(modified_traces) AS modifications,
    sum(broken_traces) AS errors
FROM
(
    SELECT
        step, source, guardrail, value, cluster, count() AS traces, sum(weight) AS n, sum(weight * tripped) AS s,
        countIf(tripped) AS tripped_traces, countIf(modified) AS modified_traces, countIf(broke) AS broken_traces
    FROM
    (
        SELECT
            if({step_ns:Int64} = 0, 0, intDiv(toUnixTimestamp64Nano(t.start_time) - {start_ns:Int64}, greatest({step_ns:Int64}, 1))) AS step,
            c.source AS source, c.guardrail AS guardrail, t.cluster AS cluster, c.weight AS weight, c.tripped AS tripped,
            c.modified AS modified, c.broke AS broke,
            arrayJoin(multiIf({by:String} = 'tenant_id', [t.tenant_id], {by:String} = 'feature', [t.feature],
                {by:String} = 'model' AND notEmpty(t.chat_models), t.chat_models, [''])) AS value
        FROM (${guardrails/checked}) AS c
        INNER JOIN (${guardrails/traces}) AS t ON c.trace_id = t.trace_id
    )
    GROUP BY step, source, guardrail, value, cluster
)
GROUP BY step, source, guardrail, value
ORDER BY step, trips DESC, checked DESC, source, guardrail, value
LIMIT {limit:UInt32}
