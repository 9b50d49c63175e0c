SELECT provider, request_model, response_model, service_tier, processing
FROM spans
WHERE project_id = {project:String} AND start_minute >= {first:DateTime} AND start_minute < {end:DateTime64(9, 'UTC')}
    AND length(provider) + length(request_model) + length(response_model) + length(service_tier) <= 1000
    AND counts_usage AND (provider, request_model, response_model, service_tier, processing) NOT IN
    (
        SELECT provider, request_model, response_model, service_tier, processing
        FROM prices
        WHERE project_id = {project:String}
    )
GROUP BY provider, request_model, response_model, service_tier, processing
ORDER BY count() DESC, provider, request_model, response_model, service_tier, processing
LIMIT {limit:UInt32}
