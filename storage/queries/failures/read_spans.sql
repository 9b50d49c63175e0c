-- A set, for the questions about failures: what the spans of each trace tell of calls and tools that failed, of how the
-- last answer ended, and of what form was asked for. Spans that start in [start_ns, reach_ns]. Times are ends, in ns.
SELECT
    trace_id,
    countIf(is_chat) AS chats,
    maxIf(ended, is_chat AND NOT is_error) AS answered_at,
    groupArrayIf(20)((cause, span_id, if(error_type = '', 'error', toString(error_type)), ended), is_error AND is_call) AS failed_calls,
    groupArrayIf(20)((toString(tool_name), span_id, toString(error_type), ended), is_error AND is_tool) AS failed_tools,
    groupArrayIf(20)((cause, span_id), is_error AND NOT is_call AND NOT is_tool) AS failed_frames,
    -- a tool that worked after it had failed
    maxMapIf([toString(tool_name)], [ended], is_tool AND NOT is_error) AS tools_ended,
    groupArrayIf(100)((cityHash64(tool_name, input), toString(tool_name), span_id), is_tool AND notEmpty(input)) AS tool_runs,
    -- a gateway's span around the model's may lack it
    argMaxIf(last_reason, ended, is_chat AND last_reason != '') AS last_finish,
    argMaxIf(span_id, start_time, is_chat) AS last_chat,
    -- of the last call, the app's own span or the model's, which is within it
    argMaxIf(asks_json, ended, is_chat) OR argMaxIf(asks_json, start_time, is_chat) AS wants_json,
    if(empty(argMaxIf(required, ended, is_chat) AS of_app), argMaxIf(required, start_time, is_chat), of_app) AS required_keys,
    anyIf(span_id, is_tool AND match(tool_name, '(?i)escalat|hand_?off|hand_?over|transfer_to_(a_)?human|human_agent|live_agent')
        OR guardrail_action = 'escalate') AS handed_over
FROM
(
    SELECT
        trace_id, span_id, start_time, tool_name, input, error_type, guardrail_action,
        toUnixTimestamp64Nano(start_time) + toInt64(duration_ns) AS ended,
        operation = 'chat' AS is_chat,
        operation IN ('chat', 'embeddings', 'rerank') AS is_call,
        operation = 'execute_tool' AS is_tool,
        status = 'error' OR error_type != '' AS is_error,
        if(is_error, lower(concat(error_type, ' ', left(error_message, 1000), ' ', left(status_message, 1000))), '') AS said,
        multiIf(
            said = '', '',
            match(said, 'context.?(length|window)|maximum context|prompt is too long|too many (input )?tokens|string_above_max_length'), 'context_overflow',
            match(said, 'content.?(filter|management|policy)|safety (system|settings|reasons)|responsible.?ai'), 'content_filter',
            match(said, '\\b429\\b|rate.?limit|too many requests|quota|resource_?exhausted'), 'rate_limit',
            match(said, '\\b40[13]\\b|unauthori[sz]ed|authentication|permission.?denied|forbidden|(invalid|incorrect|missing).{0,20}api.?key'), 'auth',
            match(said, '\\b(408|504)\\b|time.?d?.?out|deadline.?exceeded'), 'timeout',
            'provider_error') AS cause,
        splitByChar(',', toString(finish_reasons))[1] AS last_reason,
        attributes_string['gen_ai.output.type'] AS output_type,
        if(is_chat, concat(attributes_string['gen_ai.openai.request.response_format'], attributes_string['gen_ai.request.response_format'],
            attributes_string['llm.request.response_format'], JSONExtractRaw(attributes_string['llm.invocation_parameters'], 'response_format')), '') AS form,
        -- a long form is kept among the contents, and names a schema
        lower(output_type) = 'json' OR match(form, 'json_(object|schema)') OR is_chat AND mapContains(attributes_content, 'gen_ai.openai.request.response_format') AS asks_json,
        JSONExtract(form, 'json_schema', 'schema', 'required', 'Array(String)') AS required
    FROM spans
    WHERE project_id = {project:String}
        AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
        AND start_minute <= toDateTime(intDiv({reach_ns:Int64}, 60000000000) * 60, 'UTC')
        AND operation != 'serve'
)
GROUP BY trace_id
