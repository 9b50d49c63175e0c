-- How many traces of the window failed for each cause, and what they cost; by one dimension where one is asked for. The
-- cause '' is of those that did not fail. With the newest three of each. The most frequent first.
-- Asked by storage.failures.ranking.
SELECT
    cause, toString({by:Identifier}) AS value, count() AS traces, sum(ifNull(cost_usd, 0)) AS cost,
    toUnixTimestamp64Nano(min(start_time)) AS first_seen_ns, toUnixTimestamp64Nano(max(start_time)) AS last_seen_ns,
    sumMap(also, arrayMap(c -> 1, also)) AS tags,
    if(cause = '', [], groupArraySorted(3)((-toUnixTimestamp64Nano(start_time), trace_id, evidence.2, evidence.3, evidence.4))) AS newest
FROM
(
    SELECT
        trace_id, start_time, tenant_id, feature, prompt_name, prompt_version, environment, answered_by, cost_usd, '' AS nothing,
        causes[1] AS evidence, evidence.1 AS cause, arraySlice(causes.1, 2) AS also
    FROM (${failures/found})
)
GROUP BY cause, value
ORDER BY traces DESC, cause, value
LIMIT {limit:UInt32}
