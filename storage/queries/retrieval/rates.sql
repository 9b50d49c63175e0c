-- Sums of the measures of retrieval over the traces that start in [start_ns, end_ns) and fit the filters: of all of them
-- (`part` 'all'), by steps of `step_ns` ('step', 0: none) and by values of one dimension ('value'). Sums are over clusters,
-- that is sessions and traces without one, first: `nn`, `ss`, `sn` as in evaluations/rates. In all but `votes` and `traces` a trace counts
-- by its weight. Of values those with the most traces. `noted` are
-- those that are worth a look, and of all traces the newest of them. Asked by storage.retrieval.
SELECT
    measure, part, value, sum(t) AS traces, toUInt64(sum(v)) AS votes, sum(n) AS weight, count() AS clusters, sum(s) AS total,
    sum(n * n) AS nn, sum(s * s) AS ss, sum(s * n) AS sn, sum(bad) AS noted,
    arrayMap(x -> x.2, arraySlice(arraySort(groupArrayArray(newest)), 1, 100)) AS newest_noted
FROM
(
    SELECT
        m.name AS measure, p.1 AS part, p.2 AS value, cluster, count() AS t, sum(m.n) AS v, sum(m.weight * m.n) AS n,
        sum(m.weight * m.count) AS s, countIf(m.is_bad) AS bad,
        groupArraySortedIf(100)((-toUnixTimestamp64Nano(start_time), trace_id), m.is_bad AND part = 'all') AS newest
    FROM
    (
        SELECT
            trace_id, start_time, cluster, measures,
            arrayConcat([('all', '')],
                if({step_ns:Int64} = 0, [], [('step', toString(intDiv(toUnixTimestamp64Nano(start_time) - {start_ns:Int64}, greatest({step_ns:Int64}, 1))))]),
                if({by:String} = '', [], [('value', multiIf({by:String} = 'data_source', data_source, {by:String} = 'feature', feature,
                    {by:String} = 'tenant_id', tenant_id, {by:String} = 'model', answered_by, {by:String} = 'prompt_version', prompt_version,
                    environment))])) AS parts
        FROM (${retrieval/measures})
    )
    ARRAY JOIN measures AS m
    ARRAY JOIN parts AS p
    GROUP BY measure, part, value, cluster
)
GROUP BY measure, part, value
ORDER BY measure, part, traces DESC, value
LIMIT {each:UInt32} BY measure, part
LIMIT {limit:UInt32}
