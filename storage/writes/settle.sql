-- Facts of the traces that a segment touched, from all their spans, whatever order they came in.
--
-- Usage: where a span and a span below it both report usage, the innermost counts (a framework's span repeats the
-- client's).
INSERT INTO traces
(
    project_id, start_hour, trace_id, settled_at, is_deleted, start_time, duration_ns, root_span_id, has_root,
    name, service_name, environment, status, error_type, span_count, error_count,
    session_id, user_id, user_tier, tenant_id, feature, prompt_name, prompt_version,
    services, operations, models, chat_models, providers, tools, agents, guardrail_trips,
    model_calls, tool_calls, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
    total_tokens, cost_usd, time_to_first_token_s, queue_s, cache_hit, is_fallback, retry_count, input, output
)
WITH
    places AS MATERIALIZED
    (
        SELECT DISTINCT project_id, minute, trace_id
        FROM trace_minutes
        WHERE (project_id, trace_id) IN (SELECT project_id, trace_id FROM touched_traces WHERE segment = {segment:String})
    ),
    -- Spans are known by a hash here: one integer is joined several times faster than three strings.
    steps AS MATERIALIZED
    (
        SELECT
            cityHash64(project_id, trace_id) AS trace,
            cityHash64(project_id, trace_id, span_id) AS span,
            if(parent_span_id = '', 0, cityHash64(project_id, trace_id, parent_span_id)) AS above,
            counts_usage
        FROM spans
        WHERE (project_id, start_minute, trace_id) IN (SELECT project_id, minute, trace_id FROM places)
    ),
    -- From each span that reports usage up through those that do not, to the first above it that does. A hundred
    -- spans at most, because parents that a sender made up may go round in a circle.
    repeated AS
    (
        WITH RECURSIVE climb AS
        (
            SELECT above, 1 AS height
            FROM steps
            WHERE counts_usage AND above != 0
                AND trace IN (SELECT trace FROM steps GROUP BY trace HAVING countIf(counts_usage) > 1)
            UNION ALL
            SELECT s.above AS above, c.height + 1 AS height
            FROM climb AS c
            INNER JOIN steps AS s ON s.span = c.above
            WHERE NOT s.counts_usage AND s.above != 0 AND c.height < 100
        )
        SELECT DISTINCT above FROM climb WHERE above IN (SELECT span FROM steps WHERE counts_usage)
    ),
    -- Contents that came in log records belong to the span that they name.
    additions AS
    (
        SELECT
            project_id, trace_id, span_id,
            argMaxIf(input_messages, time, notEmpty(input_messages)) AS added_input_messages,
            argMaxIf(output_messages, time, notEmpty(output_messages)) AS added_output_messages,
            argMaxIf(input, time, notEmpty(input)) AS added_input,
            argMaxIf(output, time, notEmpty(output)) AS added_output
        FROM span_additions
        WHERE (project_id, trace_id) IN (SELECT project_id, trace_id FROM places)
        GROUP BY project_id, trace_id, span_id
    ),
    members AS
    (
        SELECT
            s.*,
            -- The root; without one the first span whose parent is not here; else the first span. One integer, rank
            -- before time, because the engine compares tuples far slower.
            bitShiftLeft(multiIf(parent_span_id = '', 0,
                cityHash64(project_id, trace_id, parent_span_id) NOT IN (SELECT span FROM steps), 1,
                2)::UInt64, 61) + toUnixTimestamp64Nano(start_time)::UInt64 AS place,
            counts_usage AND cityHash64(project_id, trace_id, span_id) NOT IN (SELECT above FROM repeated) AS counted,
            if(notEmpty(s.input_messages), s.input_messages, added_input_messages) AS messages_in,
            if(notEmpty(s.output_messages), s.output_messages, added_output_messages) AS messages_out,
            multiIf(notEmpty(messages_in), [messages_in[-1]], notEmpty(s.input), s.input, added_input) AS span_input,
            multiIf(notEmpty(messages_out), messages_out, notEmpty(s.output), s.output, added_output) AS span_output,
            operation IN ('', 'http', 'invoke_agent', 'invoke_workflow') AS is_frame
        FROM spans AS s
        LEFT JOIN additions USING (project_id, trace_id, span_id)
        WHERE (project_id, start_minute, trace_id) IN (SELECT project_id, minute, trace_id FROM places)
    ),
    facts AS
    (
        SELECT
            project_id,
            trace_id,
            min(start_time) AS trace_start,
            max(start_time + toIntervalNanosecond(duration_ns)) AS trace_end,
            groupUniqArray(toStartOfHour(start_minute)) AS hours,
            argMinIf(span_output, place, is_frame AND notEmpty(span_output)) AS frame_output,
            argMaxIf(span_output, start_time, operation = 'chat' AND notEmpty(span_output)) AS last_answer,

            argMin(span_id, place) AS root_span_id,
            countIf(parent_span_id = '') > 0 AS has_root,
            argMin(s.name, place) AS name,
            argMin(s.service_name, place) AS service_name,
            argMin(s.status, place) AS status,
            argMinIf(s.environment, place, s.environment != '') AS environment,
            argMinIf(s.error_type, place, s.error_type != '') AS error_type,
            count() AS span_count,
            countIf(s.status = 'error') AS error_count,
            argMinIf(s.session_id, place, s.session_id != '') AS session_id,
            argMinIf(s.user_id, place, s.user_id != '') AS user_id,
            argMinIf(s.user_tier, place, s.user_tier != '') AS user_tier,
            argMinIf(s.tenant_id, place, s.tenant_id != '') AS tenant_id,
            argMinIf(s.feature, place, s.feature != '') AS feature,
            argMinIf(s.prompt_name, place, s.prompt_name != '') AS prompt_name,
            argMinIf(s.prompt_version, place, s.prompt_version != '') AS prompt_version,
            arraySort(groupUniqArrayIf(100)(s.service_name, s.service_name != '')) AS services,
            arraySort(groupUniqArrayIf(100)(operation, operation != '')) AS operations,
            arraySort(groupUniqArrayIf(100)(model, model != '')) AS models,
            -- those that answered: not what embeds, reranks or repeats a call
            arraySort(groupUniqArrayIf(100)(model, model != '' AND operation = 'chat' AND (counted OR NOT counts_usage))) AS chat_models,
            arraySort(groupUniqArrayIf(100)(provider, provider != '')) AS providers,
            arraySort(groupUniqArrayIf(100)(tool_name, tool_name != '')) AS tools,
            arraySort(groupUniqArrayIf(100)(agent_name, agent_name != '')) AS agents,
            arraySort(groupUniqArrayIf(100)(if(guardrail_name != '', guardrail_name, s.name), guardrail_verdict IN ('fail', 'modified')))
                AS guardrail_trips,
            countIf(operation = 'chat' AND (counted OR NOT counts_usage)) AS model_calls,
            countIf(operation = 'execute_tool') AS tool_calls,
            sumIf(s.input_tokens, counted) AS input_tokens,
            sumIf(s.cache_read_tokens, counted) AS cache_read_tokens,
            sumIf(s.cache_write_tokens, counted) AS cache_write_tokens,
            sumIf(s.output_tokens, counted) AS output_tokens,
            sumIf(s.reasoning_tokens, counted) AS reasoning_tokens,
            sumIf(s.total_tokens, counted) AS total_tokens,
            sumIf(reported_cost_usd, counted) AS cost_usd,
            argMinIf(s.time_to_first_token_s, s.start_time, isNotNull(s.time_to_first_token_s) AND operation != 'serve') AS time_to_first_token_s,
            max(s.queue_s) AS queue_s,
            max(s.cache_hit) AS cache_hit,
            max(s.is_fallback) AS is_fallback,
            sum(s.retry_count) AS retry_count,
            argMinIf(span_input, place, (is_frame OR operation = 'chat') AND notEmpty(span_input)) AS input,
            if(notEmpty(frame_output), frame_output, last_answer) AS output
        FROM members AS s
        GROUP BY project_id, trace_id
    )
SELECT
    project_id, hour AS start_hour, trace_id, now64(6) AS settled_at, hour != toStartOfHour(trace_start) AS is_deleted,
    trace_start AS start_time, toUnixTimestamp64Nano(trace_end) - toUnixTimestamp64Nano(trace_start) AS duration_ns,
    root_span_id, has_root,
    name, service_name, environment, status, error_type, span_count, error_count,
    session_id, user_id, user_tier, tenant_id, feature, prompt_name, prompt_version,
    services, operations, models, chat_models, providers, tools, agents, guardrail_trips,
    model_calls, tool_calls, input_tokens, cache_read_tokens, cache_write_tokens, output_tokens, reasoning_tokens,
    total_tokens, cost_usd, time_to_first_token_s, queue_s, cache_hit, is_fallback, retry_count, input, output
FROM facts
ARRAY JOIN hours AS hour
SETTINGS enable_materialized_cte = 1
