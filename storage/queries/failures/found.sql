-- A set, for the questions about failures: each trace that starts in [start_ns, end_ns) and fits the filters, of a share
-- of them drawn by their ids, with `causes`: what went wrong in it, (cause, span, field, reason) in the order of
-- `order_of_causes`, each cause once, empty where nothing did. Reasons hold no text of users or models. The rules stand
-- in docs/quality.md; those about evaluations come as parallel arrays, a label '*' stands for any.
SELECT
    trace_id, start_time, session_id, tenant_id, feature, prompt_name, prompt_version, environment, answered_by, cost_usd,
    duration_ns, arrayFilter(c -> c.1 != '', arrayConcat(
        unrecovered,
        wrong_tools,
        if(status = 'error' AND empty(unrecovered) AND empty(wrong_tools),
            [if(root_cause IN ('', 'provider_error'), ('app_error', root_span_id, 'error_type', if(trace_error = '', 'error', trace_error)),
                (root_cause, root_span_id, 'error_type', trace_error))], []),
        [
            if(looped.2 = '', ('', '', '', ''), ('tool_loop', looped.2, 'tool_name', concat(looped.1, ' ran ', toString(looped.3), ' times with the same arguments'))),
            if(last_finish = 'length', ('truncated', last_chat, 'finish_reasons', 'length'), ('', '', '', '')),
            if(last_finish = 'content_filter', ('content_filter', last_chat, 'finish_reasons', 'content_filter'), ('', '', '', '')),
            if(chats > 0 AND answer.known AND answer.is_blank, ('empty', last_chat, 'output', 'the answer has no text'), ('', '', '', '')),
            if(wants_json AND answer.known AND NOT answer.is_blank AND NOT answer.is_json, ('invalid_json', last_chat, 'output', 'JSON was asked for, and the answer is none'), ('', '', '', '')),
            if(answer.known AND answer.is_json AND NOT hasAll(answer.json_keys, required_keys),
                ('invalid_json', last_chat, 'output', 'the schema that was asked for requires members that the answer lacks'), ('', '', '', '')),
            if(answer.known AND answer.is_repeated, ('repeated', last_chat, 'output', 'over half of its runs of four words are repeats'), ('', '', '', '')),
            if(answer.known AND question.known AND question.language != '' AND answer.language != '' AND question.language != answer.language,
                ('wrong_language', last_chat, 'output', concat('asked in ', question.language, ', answered in ', answer.language)), ('', '', '', '')),
            if(answer.known AND NOT answer.is_blank AND NOT wants_json AND answers_of_feature >= 100 AND answer.letters < usual_least / 2,
                ('too_short', last_chat, 'output', concat(toString(answer.letters), ' characters, where 95 % of the answers of this feature have ', toString(toUInt64(usual_least)), ' or more')),
                ('', '', '', '')),
            if(next_says_wrong, ('user_corrected', '', 'input', concat('the next turn says so: ', next_trace)), ('', '', '', '')),
            if(handed_over != '', ('escalated', handed_over, 'tool_name', 'handed over to a person'), ('', '', '', ''))
        ],
        judged)) AS all_causes,
    arrayFilter((c, place) -> indexOf(all_causes.1, c.1) = place, all_causes, arrayEnumerate(all_causes)) AS each_once,
    arraySort(c -> indexOf({order_of_causes:Array(String)}, c.1), each_once) AS causes
FROM
(
    SELECT
        t.trace_id AS trace_id, t.start_time AS start_time, t.session_id AS session_id, t.tenant_id AS tenant_id,
        t.feature AS feature, t.prompt_name AS prompt_name, t.prompt_version AS prompt_version, t.environment AS environment,
        t.answered_by AS answered_by, t.cost_usd AS cost_usd, t.duration_ns AS duration_ns, t.status AS status,
        t.root_span_id AS root_span_id, t.trace_error AS trace_error, t.next_trace AS next_trace,
        t.question AS question, t.answer AS answer, t.next_says_wrong AS next_says_wrong,
        s.chats AS chats, s.last_finish AS last_finish, s.last_chat AS last_chat, s.wants_json AS wants_json,
        s.required_keys AS required_keys, s.handed_over AS handed_over,
        arrayMap(c -> (c.1, c.2, 'error_type', c.3), arrayFilter(c -> c.4 > s.answered_at, s.failed_calls)) AS unrecovered,
        arrayMap(c -> ('tool_error', c.2, 'error_type', concat(c.1, if(c.3 = '', ' failed', concat(': ', c.3)))),
            arrayFilter(c -> c.4 > s.tools_ended.2[indexOf(s.tools_ended.1, c.1)], s.failed_tools)) AS wrong_tools,
        arrayFirst(c -> c.2 = t.root_span_id, s.failed_frames).1 AS root_cause,
        arrayFirst(c -> c.3 >= 3, arrayMap(c -> (c.2, c.3, arrayCount(o -> o.1 = c.1, s.tool_runs)), s.tool_runs)) AS looped,
        e.judged AS judged,
        countIf(t.answer.known AND NOT t.answer.is_blank) OVER (PARTITION BY t.feature) AS answers_of_feature,
        quantileIf(0.05)(t.answer.letters, t.answer.known AND NOT t.answer.is_blank) OVER (PARTITION BY t.feature) AS usual_least
    FROM
    (
        SELECT
            trace_id, any(start_time) AS start_time, any(session_id) AS session_id, any(tenant_id) AS tenant_id,
            any(feature) AS feature, any(prompt_name) AS prompt_name, any(prompt_version) AS prompt_version,
            any(environment) AS environment, any(answered_by) AS answered_by, any(cost_usd) AS cost_usd,
            any(duration_ns) AS duration_ns, any(status) AS status, any(root_span_id) AS root_span_id,
            any(error_type) AS trace_error, any(next_trace) AS next_trace,
            anyIf(read, side = 'question') AS question, anyIf(read, side = 'answer') AS answer,
            countIf(side = 'next' AND read.says_wrong) > 0 AS next_says_wrong
        FROM
        (
            SELECT
                r.trace_id AS trace_id, r.start_time AS start_time, r.session_id AS session_id, r.tenant_id AS tenant_id,
                r.feature AS feature, r.prompt_name AS prompt_name, r.prompt_version AS prompt_version,
                r.environment AS environment, r.answered_by AS answered_by, r.cost_usd AS cost_usd,
                r.duration_ns AS duration_ns, r.status AS status, r.root_span_id AS root_span_id,
                r.error_type AS error_type, r.next_trace AS next_trace, r.text.1 AS side, x.read AS read
            FROM
            (
                SELECT
                    trace_id, start_time, session_id, tenant_id, feature, prompt_name, prompt_version, environment, answered_by,
                    cost_usd, duration_ns, status, root_span_id, error_type, next_trace,
                    arrayJoin([('question', question_hash), ('answer', answer_hash), ('next', next_hash)]) AS text
                FROM
                (
                    SELECT
                        trace_id, start_time, session_id, tenant_id, feature, prompt_name, prompt_version, environment,
                        arrayStringConcat(chat_models, ' + ') AS answered_by, cost_usd, duration_ns, status, root_span_id, error_type,
                        input[-1] AS question_hash, output[-1] AS answer_hash,
                        if(session_id = '', '', leadInFrame(trace_id) OVER turns) AS next_trace,
                        if(session_id = '', 0, leadInFrame(question_hash) OVER turns) AS next_hash
                    FROM traces FINAL
                    WHERE project_id = {project:String}
                        AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
                        AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
                        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
                        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
                    WINDOW turns AS (PARTITION BY session_id ORDER BY start_time, trace_id ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING)
                )
                WHERE trace_id IN
                (
                    SELECT trace_id
                    FROM traces FINAL
                    WHERE project_id = {project:String}
                        AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
                        AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
                        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
                        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
                        AND sipHash64('looked at', trace_id) / 18446744073709551616. < {share:Float64}
                        /* filters */
                )
            ) AS r
            LEFT JOIN (${failures/read_texts}) AS x ON r.text.2 = x.hash
        )
        GROUP BY trace_id
    ) AS t
    LEFT JOIN (${failures/read_spans}) AS s ON t.trace_id = s.trace_id
    LEFT JOIN (${failures/judged}) AS e ON t.trace_id = e.trace_id
)
