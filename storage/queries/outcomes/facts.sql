-- A set, for the questions about outcomes: what is known of each trace that starts in [start_ns, end_ns) and fits the
-- filters, of a share of them drawn by their ids: the same ones each time. `turn` counts the traces of a session since a
-- day before the window. `answered_by` joins the models that answered; `tokens_a_call` are input tokens.
SELECT
    t.trace_id AS trace_id, t.start_time AS start_time, t.session_id AS session_id, t.tenant_id AS tenant_id,
    t.feature AS feature, t.prompt_name AS prompt_name, t.prompt_version AS prompt_version, t.environment AS environment,
    t.answered_by AS answered_by, t.tokens_a_call AS tokens_a_call, t.duration_ns AS duration_ns, t.cost_usd AS cost_usd,
    if(t.session_id = '', 0, u.turn) AS turn
FROM
(
    SELECT
        trace_id, start_time, session_id, tenant_id, feature, prompt_name, prompt_version, environment,
        arrayStringConcat(chat_models, ' + ') AS answered_by,
        intDiv(input_tokens, greatest(model_calls, 1)) AS tokens_a_call,
        duration_ns, cost_usd
    FROM traces AS t FINAL
    WHERE project_id = {project:String}
        AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
        -- another hash than that by which evaluators sample
        AND sipHash64('looked at', trace_id) / 18446744073709551616. < {share:Float64}
        /* filters */
) AS t
LEFT JOIN
(
    SELECT trace_id, row_number() OVER (PARTITION BY session_id ORDER BY start_time, trace_id) AS turn
    FROM
    (
        SELECT trace_id, session_id, start_time
        FROM traces FINAL
        WHERE project_id = {project:String}
            AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600 - 86400, 'UTC')
            AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
            AND session_id != ''
    )
) AS u ON t.trace_id = u.trace_id
