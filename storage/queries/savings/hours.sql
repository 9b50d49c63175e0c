-- How many calls count in each hour of [start_ns, end_ns), and what they cost, the latest first. Asked by storage.savings.
SELECT toUnixTimestamp(toStartOfHour(start_time)) AS hour, count() AS calls, toFloat64(sum(cost_usd)) AS cost
FROM (${savings/counted})
GROUP BY hour
ORDER BY hour DESC
LIMIT {limit:UInt32}
