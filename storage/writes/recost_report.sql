-- What a costing changes, by something that calls have. Calls that were settled while it ran are not among them.
SELECT ${by}, count() AS calls, sum(if(now.counted, now.cost_usd, 0)) AS before_usd, sum(if(next.counted, next.cost_usd, 0)) AS after_usd
FROM calls FINAL
WHERE project_id = {project:String} AND hour >= {first:DateTime} AND hour < {end:DateTime64(9, 'UTC')}
    AND next_costing = {costing:UInt64} AND (now.counted OR next.counted)
GROUP BY ${by}
ORDER BY abs(after_usd - before_usd) DESC, calls DESC, ${by}
LIMIT {limit:UInt32}
