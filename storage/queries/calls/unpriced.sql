-- Models without a known price in an interval, as calls name them: calls, tokens, when first and last seen, one of their
-- traces. Those with the most calls first. Asked by storage.costs.call_rows.
SELECT
    provider, request_model, response_model, count() AS requests,
    countIf(price = 'unresolved') AS unresolved_requests, sum(input_tokens) AS input_tokens,
    sum(output_tokens) AS output_tokens, toUnixTimestamp64Nano(min(start_time)) AS first_seen_unix_nano,
    toUnixTimestamp64Nano(max(start_time)) AS last_seen_unix_nano, argMax(trace_id, start_time) AS trace_id,
    argMax(span_id, start_time) AS span_id
FROM
(
    SELECT
        next_costing != 0 AND next_costing IN (${calls/published_costings}) AS is_next,
        provider, request_model, response_model, start_time, trace_id, span_id,
        if(is_next, next.counted, now.counted) AS counted, if(is_next, next.price, now.price) AS price,
        if(is_next, next.input_tokens, now.input_tokens) AS input_tokens,
        if(is_next, next.output_tokens, now.output_tokens) AS output_tokens
    FROM calls FINAL
    WHERE project_id = {project:String}
        AND hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
)
WHERE counted AND price IN ('unpriced', 'unresolved')
GROUP BY provider, request_model, response_model
ORDER BY requests DESC, provider, request_model, response_model
LIMIT {limit:UInt32}
