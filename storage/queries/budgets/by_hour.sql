-- What was spent in each hour that has any, by tenant, feature or tier, or of the whole project: the hour as seconds
-- since 1970, USD. For forecasts, which need no more than binary fractions.
SELECT
    multiIf(
        {dimension:String} = 'tenant', tenant_id, {dimension:String} = 'feature', feature,
        {dimension:String} = 'user_tier', user_tier, '')::String AS value,
    toUnixTimestamp(hour) AS at,
    toFloat64(sum(if(next_costing != 0 AND next_costing IN (${calls/published_costings}),
        next.cost_usd, now.cost_usd))) AS cost_usd
FROM usage_by_hour FINAL
WHERE project_id = {project:String} AND hour >= {start:DateTime('UTC')} AND hour < {end:DateTime('UTC')}
    AND value IN {values:Array(String)}
GROUP BY value, at
ORDER BY value, at
LIMIT {limit:UInt32}
