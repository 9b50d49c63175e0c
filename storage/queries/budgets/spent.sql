-- What was spent in an interval, by tenant, feature or tier, or of the whole project: USD, and counted calls; whoever
-- spent most first. Whole hours come from the rollup; an hour that the interval begins within (zones at :30 and :45)
-- from its calls. `values` empty: all of them; a call of no tenant, feature or tier belongs to none.
SELECT value, sum(cost_usd) AS spent_usd, sum(requests) AS calls
FROM
(
    SELECT
        multiIf(
            {dimension:String} = 'tenant', tenant_id, {dimension:String} = 'feature', feature,
            {dimension:String} = 'user_tier', user_tier, '')::String AS value,
        (next_costing != 0 AND next_costing IN (${calls/published_costings})) AS is_next,
        if(is_next, next.cost_usd, now.cost_usd) AS cost_usd,
        if(is_next, next.requests, now.requests) AS requests
    FROM usage_by_hour FINAL
    WHERE project_id = {project:String} AND hour >= {first_hour:DateTime('UTC')} AND hour < {end:DateTime('UTC')}
    UNION ALL
    SELECT
        multiIf(
            {dimension:String} = 'tenant', tenant_id, {dimension:String} = 'feature', feature,
            {dimension:String} = 'user_tier', user_tier, '')::String AS value,
        (next_costing != 0 AND next_costing IN (${calls/published_costings})) AS is_next,
        if(is_next, next.cost_usd, now.cost_usd) AS cost_usd,
        1::UInt64 AS requests
    FROM calls FINAL
    WHERE project_id = {project:String} AND hour >= {start:DateTime('UTC')} - INTERVAL 1 HOUR
        AND hour < {first_hour:DateTime('UTC')} AND start_time >= {start:DateTime('UTC')}
        AND start_time < {first_hour:DateTime('UTC')} AND if(is_next, next.counted, now.counted)
)
WHERE ({dimension:String} = 'project' OR value != '')
    AND (empty({values:Array(String)}) OR value IN {values:Array(String)})
GROUP BY value
ORDER BY spent_usd DESC, value
LIMIT {limit:UInt32}
