-- Where the evidence stands that answers rest on: for each rank of the retrieved documents, how many were there and used
-- (sums over clusters, as in retrieval/rates), how often the first used one, and the newest traces of which that is so; and
-- `used` is of all used ones. Of answers that were judged. Asked by storage.retrieval.
SELECT
    rank, sum(v) AS votes, sum(n) AS weight, count() AS clusters, sum(s) AS total, sum(n * n) AS nn, sum(s * s) AS ss, sum(s * n) AS sn, sum(f) AS first,
    arrayMap(x -> x.2, arraySlice(arraySort(groupArrayArray(newest)), 1, 50)) AS traces
FROM
(
    SELECT
        rank, cluster, count() AS v, sum(weight) AS n, sumIf(weight, has(used, rank)) AS s, sumIf(weight, used[1] = rank) AS f,
        groupArraySortedIf(50)((-toUnixTimestamp64Nano(start_time), trace_id), used[1] = rank) AS newest
    FROM
    (
        SELECT trace_id, start_time, cluster, weight, used, arrayJoin(arrayMap(i -> toInt64(i), arrayEnumerate(documents))) AS rank
        FROM (${retrieval/contexts})
        WHERE is_answer
    )
    GROUP BY rank, cluster
)
GROUP BY rank
ORDER BY rank
LIMIT {limit:UInt32}
