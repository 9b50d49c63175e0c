SELECT provider, request_model, response_model, service_tier, processing
FROM prices FINAL
WHERE project_id = {project:String}
