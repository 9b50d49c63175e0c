-- All that a project has ever used, by model and tenant: USD, counted calls, and tokens of four kinds that are disjoint.
-- Those that spent most, and those in `shown` (model, a control character 31, tenant), each by itself; the rest in one
-- row, also those whose names are too long for a label. The first column tells which.
SELECT
    is_shown,
    if(is_shown, model, '')::String AS of_model,
    if(is_shown, tenant_id, '')::String AS of_tenant,
    sum(cost_usd) AS spent_usd,
    sum(requests) AS calls,
    sum(uncached_input_tokens) AS input,
    sum(cache_read_tokens) AS cache_read,
    sum(cache_write_tokens) AS cache_write,
    sum(output_tokens) AS output
FROM
(
    SELECT
        model, tenant_id, cost_usd, requests, uncached_input_tokens, cache_read_tokens, cache_write_tokens, output_tokens,
        row_number() OVER (ORDER BY cost_usd DESC, requests DESC, model, tenant_id) <= {most:UInt32}
            AND length(model) + length(tenant_id) <= 512
            OR concat(model, char(31), tenant_id) IN {shown:Array(String)} AS is_shown
    FROM
    (
        SELECT
            model,
            tenant_id,
            sum(if(is_next, next.cost_usd, now.cost_usd)) AS cost_usd,
            sum(if(is_next, next.requests, now.requests)) AS requests,
            sum(if(is_next, next.uncached_input_tokens, now.uncached_input_tokens)) AS uncached_input_tokens,
            sum(if(is_next, next.cache_read_tokens, now.cache_read_tokens)) AS cache_read_tokens,
            sum(if(is_next, next.cache_write_tokens, now.cache_write_tokens)) AS cache_write_tokens,
            sum(if(is_next, next.output_tokens, now.output_tokens)) AS output_tokens
        FROM
        (
            SELECT
                model, tenant_id, now, next,
                next_costing != 0 AND next_costing IN (${calls/published_costings}) AS is_next
            FROM usage_by_hour FINAL
            WHERE project_id = {project:String}
        )
        GROUP BY model, tenant_id
    )
)
GROUP BY is_shown, of_model, of_tenant
ORDER BY is_shown, of_model, of_tenant
LIMIT {limit:UInt32}
