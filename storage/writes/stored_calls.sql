-- The calls of some hours with the figures that count, as `call_rows` of priced_calls.sql: what they used as it was found
-- out, and the prices that hold now. `before` is what they cost.
SELECT
    ${columns}, c.settled_at AS settled_at, before, ${used}, c.reported_cost_usd AS reported,
    p.resolved_at > 0 AS resolved, p.periods AS periods, p.list_periods AS list_periods
FROM
(
    SELECT ${columns}, settled_at, reported_cost_usd, if(is_next, next, now) AS before, ${visible}
    FROM
    (
        SELECT *, ${published} AS is_next
        FROM calls FINAL
        WHERE project_id = {project:String} AND hour IN {hours:Array(DateTime)}
    )
) AS c
LEFT JOIN
(
    SELECT provider, request_model, response_model, service_tier, processing, resolved_at, periods, list_periods
    FROM prices FINAL
    WHERE project_id = {project:String}
) AS p USING (provider, request_model, response_model, service_tier, processing)
