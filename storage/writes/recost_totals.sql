-- All calls of a range: how many, how many a costing changes, what they cost before and after.
SELECT
    countIf(was_counted OR is_counted), countIf(is_changed AND (was_counted OR is_counted)),
    sum(if(was_counted, was_usd, 0)) AS before_usd, sum(if(is_counted, is_usd, 0)) AS after_usd
FROM
(
    SELECT
        is_changed,
        if(is_next AND NOT is_changed, next.counted, now.counted) AS was_counted,
        if(is_next AND NOT is_changed, next.cost_usd, now.cost_usd) AS was_usd,
        if(is_next OR is_changed, next.counted, now.counted) AS is_counted,
        if(is_next OR is_changed, next.cost_usd, now.cost_usd) AS is_usd
    FROM
    (
        SELECT now, next, ${published} AS is_next, next_costing = {costing:UInt64} AS is_changed
        FROM calls FINAL
        WHERE project_id = {project:String} AND hour >= {first:DateTime} AND hour < {end:DateTime64(9, 'UTC')}
            AND start_time >= {start:DateTime64(9, 'UTC')} AND start_time < {end:DateTime64(9, 'UTC')}
    )
)
