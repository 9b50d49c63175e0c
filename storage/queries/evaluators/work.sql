-- What evaluators have done since `since_us`: verdicts, what they cost, and the verdicts of the last minute.
-- Asked by storage.evaluators.
SELECT
    evaluator, count() AS verdicts, sum(cost_usd) AS cost_usd, countIf(at >= now64(6) - INTERVAL 1 MINUTE) AS of_last_minute,
    toUnixTimestamp64Micro(max(at)) AS last_us
FROM verdicts
WHERE project_id = {project:String}
    AND at >= fromUnixTimestamp64Micro({since_us:Int64}, 'UTC')
GROUP BY evaluator
ORDER BY evaluator
LIMIT {limit:UInt32}
