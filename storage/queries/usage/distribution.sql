-- How many calls cost how much: by bucket of cost; those without a price as a bucket of their own. By bucket.
-- Asked by storage.costs.distribution.
SELECT pair.1 AS bucket, sum(pair.2) AS requests
FROM
(
    SELECT arrayJoin(arrayPushBack(arrayZip(cost_buckets.1, cost_buckets.2), (toInt16(${unpriced}), unpriced_requests))) AS pair
    FROM (${rows})
)
GROUP BY bucket
HAVING requests > 0
ORDER BY bucket
LIMIT 100000
