-- What each way in which calls name their model costs at a time: the entries that hold most of that day, for each
-- length of input. None where nothing is priced then. By provider and model. Asked by storage.costs.prices_in_use.
SELECT
    provider, request_model, response_model, service_tier, processing,
    arrayMap(p -> (p.least_input_tokens, p.kind, p.name, p.units), arrayFilter(
        p -> p.from_second = p.to_second AND p.since = arrayMax(q -> if(q.since <= {at:DateTime('UTC')}, q.since, toDateTime(0, 'UTC')), periods),
        periods)) AS rates
FROM prices FINAL
WHERE project_id = {project:String}
ORDER BY provider, if(response_model != '', response_model, request_model), request_model, service_tier, processing
LIMIT {limit:UInt32}
