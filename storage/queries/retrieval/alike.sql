-- A set, for the questions about retrieval: how many documents of a trace's list are the same as another of it, or nearly.
-- Nearly the same are texts whose runs of three words overlap by half (A. Broder's resemblance of shingles, 1997), told by
-- the 64 runs of each with the smallest hashes. Of a list the first 40 are looked at, of a text the first 20,000 bytes.
-- Each pair of texts is compared once, however many lists have it.
SELECT holder.1 AS trace_id, length(arrayDistinct(arrayFlatten(groupArray([holder.2, holder.3])))) AS alike
FROM
(
    SELECT
        a, b, any(holders) AS all_holders, groupArray(x.runs) AS both,
        arraySlice(arraySort(arrayDistinct(arrayFlatten(both))), 1, 64) AS least_of_both,
        -- texts that are not kept have no runs
        a = b OR notEmpty(least_of_both)
            AND length(arrayIntersect(least_of_both, both[1], both[2])) >= {alike:Float64} * length(least_of_both) AS is_near
    FROM
    (
        SELECT least(pair.3, pair.4) AS a, greatest(pair.3, pair.4) AS b, groupArray((trace_id, pair.1, pair.2)) AS holders, arrayJoin([a, b]) AS hash
        FROM
        (
            SELECT
                trace_id, arraySlice(listed, 1, 40) AS few,
                arrayJoin(arrayFlatten(arrayMap(i -> arrayMap(j -> (i, j, few[i], few[j]), range(i + 1, length(few) + 1)), range(1, length(few) + 1)))) AS pair
            FROM (${retrieval/listed})
        )
        GROUP BY a, b
    ) AS d
    LEFT JOIN (${retrieval/runs}) AS x ON d.hash = x.hash
    GROUP BY a, b
)
ARRAY JOIN all_holders AS holder
WHERE is_near
GROUP BY trace_id
