-- Ways of naming a model that have no price row, those that most calls use first. Nobody sells what has a longer name:
-- such calls stay unresolved.
SELECT provider, request_model, response_model, service_tier, processing
FROM calls FINAL
WHERE project_id = {project:String} AND hour IN {hours:Array(DateTime)} AND now.price = 'unresolved'
    AND length(provider) + length(request_model) + length(response_model) + length(service_tier) <= 1000
GROUP BY provider, request_model, response_model, service_tier, processing
ORDER BY count() DESC, provider, request_model, response_model, service_tier, processing
LIMIT {limit:UInt32}
