-- What follows `sent` in the views that store evaluations: its attributes `a` as columns.
SELECT
    project_id, trace_id, session_id, response_id, span_id, name, id,
    -- Of versions that came in one request, the one that was judged last is the newest.
    toDateTime64(received_at, 6, 'UTC') + toIntervalMicrosecond(row_number() OVER (
        PARTITION BY project_id, trace_id, session_id, response_id, span_id, name, id, received_at ORDER BY time) - 1) AS changed_at,
    'stands' AS state, time, kind, score, label, explanation, correction, source, author, false AS by_member, metadata,
    segment
FROM
(
    SELECT
        project_id, time, received_at, segment,
        if(a['gen_ai.evaluation.target.trace_id'] != '', lower(a['gen_ai.evaluation.target.trace_id']), own_trace_id) AS judged_trace_id,
        if(a['gen_ai.evaluation.scope'] = 'session',
            multiIf(a['session.id'] != '', a['session.id'], a['gen_ai.conversation.id'] != '', a['gen_ai.conversation.id'], own_session_id),
            '') AS session_id,
        if(session_id != '', '', judged_trace_id) AS trace_id,
        multiIf(a['gen_ai.evaluation.scope'] IN ('trace', 'session'), '',
            a['gen_ai.evaluation.target.trace_id'] != '', lower(a['gen_ai.evaluation.target.span_id']),
            own_span_id) AS span_id,
        a['gen_ai.response.id'] AS response_id,
        if(a['gen_ai.evaluation.name'] != '', substringUTF8(a['gen_ai.evaluation.name'], 1, 200), 'unnamed') AS name,
        a['gen_ai.evaluation.score.value'] AS sent_value,
        a['gen_ai.evaluation.score.label'] AS sent_label,
        -- A boolean is sent as one, or, as the convention's score is a number, as 0 or 1 with a label that says so.
        multiIf(sent_value = 'true', 1, sent_value = 'false', 0, ifNotFinite(toFloat64OrNull(sent_value), NULL)) AS score,
        multiIf(
            sent_value IN ('true', 'false'), 'boolean',
            score IN (0, 1) AND lower(sent_label) IN ('true', 'false', 'yes', 'no', 'pass', 'fail', 'passed', 'failed',
                'thumbs_up', 'thumbs_down'), 'boolean',
            isNotNull(score), 'number',
            sent_label != '' OR sent_value NOT IN ('', 'nan', 'inf', '-inf'), 'category',
            'text') AS kind,
        if(sent_label = '' AND kind = 'category', sent_value, sent_label) AS label,
        a['gen_ai.evaluation.explanation'] AS explanation,
        a['gen_ai.evaluation.correction'] AS correction,
        transform(lower(a['gen_ai.evaluation.source']),
            ['human', 'user', 'annotator', 'model', 'llm', 'code', 'heuristic'],
            ['human', 'human', 'human', 'model', 'model', 'code', 'code'], '') AS source,
        a['gen_ai.evaluation.author'] AS author,
        multiIf(a['gen_ai.evaluation.metadata'] != '', a['gen_ai.evaluation.metadata'],
            a['error.type'] != '', toJSONString(map('error.type', a['error.type'])), '') AS metadata,
        if(a['gen_ai.evaluation.id'] != '', a['gen_ai.evaluation.id'],
            lower(hex(sipHash128(judged_trace_id, session_id, span_id, response_id, name, time, sent_value, sent_label,
                explanation, correction, source, author, metadata)))) AS id
    FROM sent
)
