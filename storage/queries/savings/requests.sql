-- A set, for other questions of this folder: what each call that counts was sent, as hashes of contents. What its
-- own span does not tell is taken from the nearest span around it that reports usage of the same operation: a gateway's span often
-- lacks the tool definitions that the application's span has.
SELECT
    c.trace_id AS trace_id, c.span_id AS span_id,
    argMinIf(r.tool_definitions, r.duration_ns, notEmpty(r.tool_definitions)) AS tools,
    argMinIf(r.system_instructions, r.duration_ns, notEmpty(r.system_instructions)) AS instructions,
    argMinIf(r.input_messages, r.duration_ns, notEmpty(r.input_messages)) AS messages,
    argMinIf(r.input, r.duration_ns, notEmpty(r.input)) AS input,
    argMinIf(r.output_messages, r.duration_ns, notEmpty(r.output_messages)) AS answers,
    argMinIf(r.finish_reasons, r.duration_ns, r.finish_reasons != '') AS finish_reasons,
    max(r.max_tokens) AS max_tokens,
    max(ifNull(r.temperature, -1)) AS temperature
FROM
(
    SELECT trace_id, span_id, operation, start_ns, end_ns FROM (${savings/counted})
) AS c
INNER JOIN
(
    SELECT
        trace_id, operation, duration_ns, tool_definitions, system_instructions, input_messages, input, output_messages, finish_reasons,
        max_tokens, temperature, toUnixTimestamp64Nano(start_time) AS from_ns, from_ns + duration_ns AS to_ns
    FROM spans
    WHERE project_id = {project:String}
        AND counts_usage
        -- a span around a call may have begun before the window
        AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 1000000000) - 3600, 'UTC')
        AND start_minute < toDateTime(intDiv({end_ns:Int64}, 1000000000) + 60, 'UTC')
) AS r ON c.trace_id = r.trace_id AND c.operation = r.operation
WHERE r.from_ns <= c.start_ns AND r.to_ns >= c.end_ns
GROUP BY trace_id, span_id
