-- How pairs of judges come out on the same traces: how many both judged by what they said (`both` call
-- it unsupported, `first_only`, `second_only`, `neither`), and sums over clusters for intervals. `sums` are of a vector
-- a cluster: these four, each trace weighing as much as it stands for, then the weight of all that the first judged and
-- of what of it is unsupported. `products` are sums of each of its members times each. Judges that are sampled draw by
-- one hash, so a trace is in both samples with the smaller of the two probabilities. Asked by storage.groundedness.pairs.
SELECT
    pair.1 AS first, pair.2 AS second, sum(counts[1]) AS both, sum(counts[2]) AS first_only,
    sum(counts[3]) AS second_only, sum(counts[4]) AS neither, countIf(arraySum(counts) > 0) AS clusters,
    sumForEach(vector) AS sums,
    sumForEach(arrayFlatten(arrayMap(x -> arrayMap(y -> x * y, vector), vector))) AS products
FROM
(
    SELECT
        pair, cluster,
        sumForEach(arrayMap(c -> toUInt64(is_of_both AND c), cases)) AS counts,
        sumForEach(arrayConcat(arrayMap(c -> if(is_of_both AND c, joint, 0), cases), [own, own * said_first])) AS vector
    FROM
    (
        SELECT
            pair, cluster, indexOf(heard, indexOf({judges:Array(String)}, pair.1)) AS place,
            indexOf(heard, indexOf({judges:Array(String)}, pair.2)) AS other, other > 0 AS is_of_both,
            said[place] = 1 AS said_first, said[other] = 1 AS said_second,
            weights[place] AS own, greatest(own, weights[other]) AS joint,
            [said_first AND said_second, said_first AND NOT said_second, NOT said_first AND said_second,
                NOT said_first AND NOT said_second] AS cases
        FROM
        (
            SELECT
                v.trace_id AS trace_id, any(t.cluster) AS cluster, groupArray(v.judge) AS heard,
                groupArray(v.unsupported) AS said, groupArray(v.weight) AS weights
            FROM (${groundedness/votes}) AS v
            INNER JOIN (${groundedness/traces}) AS t ON v.trace_id = t.trace_id
            GROUP BY trace_id
        )
        ARRAY JOIN arrayZip({firsts:Array(String)}, {seconds:Array(String)}) AS pair
        WHERE place > 0
    )
    GROUP BY pair, cluster
)
GROUP BY pair
ORDER BY first, second
LIMIT {limit:UInt32}
