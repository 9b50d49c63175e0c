-- Who reports usage that does not add up, in an interval: calls whose reported total is not the sum of its parts, and
-- spans that repeat calls below them with tokens that those do not have. By emitter, the most first; `trace_id` of the
-- largest. Asked by storage.costs.call_rows.
SELECT
    kind, service_name, provider, model, operation, count() AS spans, countIf(tokens > 0) AS spans_with_more,
    sum(abs(tokens)) AS differing_tokens, argMax(trace_id, abs(tokens)) AS trace_id, argMax(span_id, abs(tokens)) AS span_id
FROM
(
    SELECT
        service_name, provider, model, operation, trace_id, span_id, found.1 AS kind, found.2 AS tokens
    FROM
    (
        SELECT
            next_costing != 0 AND next_costing IN (${calls/published_costings}) AS is_next,
            service_name, provider, model, operation, trace_id, span_id,
            [('total', if(is_next, next.usage_mismatch, now.usage_mismatch)),
                ('uncovered', toInt64(if(is_next, next.uncovered_tokens, now.uncovered_tokens)))] AS both
        FROM calls FINAL
        WHERE project_id = {project:String}
            AND hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
            AND hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
            AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
            AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    )
    ARRAY JOIN both AS found
)
WHERE tokens != 0
GROUP BY kind, service_name, provider, model, operation
ORDER BY kind, spans DESC, service_name, provider, model, operation
LIMIT {limit:UInt32}
