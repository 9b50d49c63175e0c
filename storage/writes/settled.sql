-- Facts of the traces that were touched, from all their spans, whatever order they came in; and of every call of a
-- model in them, whether it counts and what it costs.
--
-- One call, one cost: where a span and a span below it both report usage, the innermost counts (a framework's span
-- repeats the client's). Of spans side by side that name the same response at the same time, the one that
-- started last counts.
-- The placeholders are in storage/costs/facts.py.
WITH
    places AS MATERIALIZED
    (
        SELECT DISTINCT project_id, minute, trace_id
        FROM trace_minutes
        WHERE (project_id, trace_id) IN (${touched})
    ),
    -- Spans are known by a hash here: one integer is joined several times faster than three strings.
    steps AS MATERIALIZED
    (
        SELECT
            cityHash64(project_id, trace_id) AS trace,
            cityHash64(project_id, trace_id, span_id) AS span,
            if(parent_span_id IN ('', span_id), 0, cityHash64(project_id, trace_id, parent_span_id)) AS above,
            counts_usage,
            operation = 'serve' AS is_serving,
            status = 'error' AND operation IN ('chat', 'embeddings', 'rerank') AS is_failed_call,
            total_tokens,
            start_time
        FROM spans
        WHERE (project_id, start_minute, trace_id) IN (SELECT project_id, minute, trace_id FROM places)
    ),
    -- From each span that reports usage, and each of the serving tier, up through those that do not, to the first above
    -- it that does. A hundred spans at most, because parents that a sender made up may go round in a circle.
    pairs AS
    (
        WITH RECURSIVE climb AS
        (
            SELECT trace, span AS below, is_serving, total_tokens, above, 1 AS height
            FROM steps
            WHERE (counts_usage OR is_serving) AND above != 0
                AND trace IN (SELECT trace FROM steps GROUP BY trace HAVING countIf(counts_usage) + countIf(is_serving) > 1)
            UNION ALL
            SELECT
                c.trace AS trace, c.below AS below, c.is_serving AS is_serving, c.total_tokens AS total_tokens, s.above AS above,
                c.height + 1 AS height
            FROM climb AS c
            INNER JOIN steps AS s ON s.span = c.above
            WHERE NOT s.counts_usage AND s.above != 0 AND c.height < 100
        )
        SELECT DISTINCT trace, below, is_serving, total_tokens, above
        FROM climb
        WHERE above IN (SELECT span FROM steps WHERE counts_usage)
    ),
    -- What the spans of such pairs are to each other. CTEs are planned anew wherever they are named: this names `pairs` once.
    -- Where each of them is above another one they go round in a circle: then one of them counts, whichever came first.
    roles AS MATERIALIZED
    (
        SELECT
            span, repeats_above, is_self_hosted, served_call, covered_tokens,
            is_repeated AND (min(is_repeated OR served_call != 0) OVER (PARTITION BY trace) = 0
                OR row_number() OVER (PARTITION BY trace ORDER BY is_repeated DESC, span) > 1) AS is_repeated
        FROM
        (
            SELECT
                trace, role.1 AS span, max(role.2) AS is_repeated, max(role.3) AS repeats_above, max(role.4) AS is_self_hosted,
                max(role.5) AS served_call, sum(role.6) AS covered_tokens
            FROM
            (
                SELECT trace, arrayJoin([
                    (above, NOT is_serving, false, is_serving, 0::UInt64, if(is_serving, 0, toInt64(total_tokens))),
                    (below, false, NOT is_serving, false, if(is_serving, above, 0), 0::Int64)]) AS role
                FROM pairs
            )
            GROUP BY trace, span
        )
    ),
    call_rows AS
    (
        SELECT
            * EXCEPT (rule, status, error_type, retry_count, is_fallback, reported_cost_usd),
            rule, rule IN ('only', 'innermost') AS counted,
            status = 'error' OR error_type != '' AS failed,
            retry_count > 0 OR is_fallback OR first_failed != 0 AND start_time > first_failed AS retried,
            if(rule = 'repeated', toUInt64(greatest(toInt64(total_tokens) - covered_tokens, 0)), 0) AS uncovered_tokens,
            -- `greatest` passes over NULL, and NULL says that nothing is reported
            if(isNull(reported_cost_usd), NULL, toDecimal128(least(greatest(reported_cost_usd, 0), 1e9), 12)) AS reported,
            resolved_at > 0 AS resolved,
            0. AS gpu_seconds
        FROM
        (
            SELECT
                *,
                multiIf(is_repeated, 'repeated',
                    -- of one call side by side: the same response, of the same length, at the same time; a stand-in
                    -- for a provider gives all its calls one id
                    response_id != '' AND start_time + toIntervalNanosecond(duration_ns) > lagInFrame(start_time, 1, toDateTime64('2262-01-01', 9, 'UTC'))
                        OVER (PARTITION BY trace, response_id, output_tokens, is_repeated ORDER BY start_time DESC, span_id
                        ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW), 'same_response',
                    repeats_above, 'innermost',
                    'only') AS rule
            FROM
            (
                SELECT
                    project_id, trace_id, span_id, toStartOfHour(start_minute) AS hour, start_time, duration_ns,
                    tenant_id, feature, user_id, user_tier, session_id, environment, service_name, operation, provider, model,
                    request_model, response_model, response_id, service_tier, processing, prompt_name, prompt_version,
                    status, error_type, retry_count, is_fallback, streamed, cache_hit, total_tokens, reported_cost_usd,
                    input_tokens, uncached_input_tokens, cache_read_tokens, cache_write_tokens, cache_write_5m_tokens,
                    cache_write_1h_tokens, output_tokens, reasoning_tokens, input_audio_tokens, cache_read_audio_tokens,
                    input_image_tokens, cache_read_image_tokens, output_audio_tokens, output_image_tokens, usage_mismatch,
                    cityHash64(project_id, trace_id, span_id) AS span,
                    cityHash64(project_id, trace_id) AS trace,
                    if(parent_span_id IN ('', span_id), 0, cityHash64(project_id, trace_id, parent_span_id)) AS above
                FROM spans
                WHERE counts_usage AND (project_id, start_minute, trace_id) IN (SELECT project_id, minute, trace_id FROM places)
            ) AS s
            LEFT JOIN
            (
                SELECT span, is_repeated, repeats_above, is_self_hosted AS self_hosted, covered_tokens FROM roles
            ) AS r USING (span)
        ) AS s
        LEFT JOIN
        (
            SELECT project_id, provider, request_model, response_model, service_tier, processing, resolved_at, periods, list_periods
            FROM prices FINAL
            WHERE project_id IN (SELECT project_id FROM places)
        ) AS p USING (project_id, provider, request_model, response_model, service_tier, processing)
        LEFT JOIN
        (
            SELECT above, min(start_time) AS first_failed FROM steps WHERE is_failed_call AND above != 0 GROUP BY above
        ) AS failures USING (above)
    ),
    calls_of_trace AS
    (
        SELECT
            project_id,
            trace_id,
            groupArray((hour, span_id, start_time, duration_ns, tenant_id, feature, user_id, user_tier, session_id,
                environment, service_name, operation, provider, model, request_model, response_model, service_tier,
                processing, prompt_name, prompt_version, failed, retried, streamed, cache_hit, self_hosted,
                cache_read_audio_tokens, cache_read_image_tokens, reported, (${facts}))) AS calls,
            toFloat64(sumIf(c.cost_usd, counted)) AS trace_cost_usd,
            countIf(counted AND price IN ${not_priced}) AS unpriced_calls,
            countIf(counted) AS counted_calls,
            countIf(counted AND operation = 'chat') AS counted_chats,
            groupUniqArrayIf(100)(model, counted AND operation = 'chat' AND model != '') AS counted_models,
            sumIf(c.input_tokens, counted) AS counted_input_tokens,
            sumIf(c.cache_read_tokens, counted) AS counted_cache_read_tokens,
            sumIf(c.cache_write_tokens, counted) AS counted_cache_write_tokens,
            sumIf(c.output_tokens, counted) AS counted_output_tokens,
            sumIf(c.reasoning_tokens, counted) AS counted_reasoning_tokens,
            sumIf(c.total_tokens, counted) AS counted_total_tokens
        FROM (${priced_calls}) AS c
        GROUP BY project_id, trace_id
    ),
    servings_of_trace AS
    (
        SELECT
            project_id,
            trace_id,
            groupArray((toStartOfHour(start_minute), span_id, served_call,
                if(resource_attributes['service.instance.id'] != '', resource_attributes['service.instance.id'],
                    concat(service_name, if(resource_attributes['host.name'] != '', '@', ''), resource_attributes['host.name'])),
                serving_engine, model, start_time, duration_ns, queue_s, server_duration_s, input_tokens, output_tokens)) AS servings
        FROM spans AS s
        LEFT JOIN (SELECT span, served_call FROM roles) AS r ON r.span = cityHash64(s.project_id, s.trace_id, s.span_id)
        WHERE operation = 'serve' AND (project_id, start_minute, trace_id) IN (SELECT project_id, minute, trace_id FROM places)
        GROUP BY project_id, trace_id
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
            groupUniqArrayIf(100)(model, model != '' AND operation = 'chat' AND NOT counts_usage) AS other_models,
            arraySort(groupUniqArrayIf(100)(provider, provider != '')) AS providers,
            arraySort(groupUniqArrayIf(100)(tool_name, tool_name != '')) AS tools,
            arraySort(groupUniqArrayIf(100)(agent_name, agent_name != '')) AS agents,
            arraySort(groupUniqArrayIf(100)(if(guardrail_name != '', guardrail_name, s.name), guardrail_verdict IN ('fail', 'modified')))
                AS guardrail_trips,
            countIf(operation = 'chat' AND NOT counts_usage) AS other_chats,
            countIf(operation = 'execute_tool') AS tool_calls,
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
    services, operations, models,
    -- those that answered: not what embeds, reranks or repeats a call
    arraySort(arrayDistinct(arrayConcat(counted_models, other_models))) AS chat_models,
    providers, tools, agents, guardrail_trips,
    counted_chats + other_chats AS model_calls, tool_calls,
    counted_input_tokens AS input_tokens, counted_cache_read_tokens AS cache_read_tokens,
    counted_cache_write_tokens AS cache_write_tokens, counted_output_tokens AS output_tokens,
    counted_reasoning_tokens AS reasoning_tokens, counted_total_tokens AS total_tokens,
    -- what is priced of the trace, nothing where no call of it is
    if(counted_calls > unpriced_calls, trace_cost_usd, NULL) AS cost_usd, unpriced_calls,
    time_to_first_token_s, queue_s, cache_hit, is_fallback, retry_count, input, output, calls, servings
FROM facts
LEFT JOIN calls_of_trace USING (project_id, trace_id)
LEFT JOIN servings_of_trace USING (project_id, trace_id)
ARRAY JOIN hours AS hour
