-- The calls of some hours as settling finds them in the spans, as `call_rows` of priced_calls.sql; beside what is stored
-- of them so far. What has been settled since the costing of these hours began is left alone: it is by the same rules.
SELECT
    ${columns}, b.settled_at AS settled_at, b.before AS before, ${used}, s.reported_cost_usd AS reported,
    p.resolved_at > 0 AS resolved, p.periods AS periods, p.list_periods AS list_periods
FROM
(
    SELECT ${qualified}, reported_cost_usd, ${found}
    FROM (${store_calls}) AS found
    WHERE hour IN {hours:Array(DateTime)}
) AS s
LEFT JOIN
(
    SELECT trace_id, span_id, settled_at, if(is_next, next, now) AS before, before.gpu_seconds AS gpu_seconds
    FROM
    (
        SELECT *, ${published} AS is_next
        FROM calls FINAL
        WHERE project_id = {project:String} AND hour IN {hours:Array(DateTime)}
    )
) AS b USING (trace_id, span_id)
LEFT JOIN
(
    SELECT provider, request_model, response_model, service_tier, processing, resolved_at, periods, list_periods
    FROM prices FINAL
    WHERE project_id = {project:String}
) AS p USING (provider, request_model, response_model, service_tier, processing)
WHERE b.settled_at < {version:DateTime64(6, 'UTC')}
