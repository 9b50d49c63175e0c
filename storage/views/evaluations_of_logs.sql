-- Log records of evaluations. One without trace context waits for the span of its response.
WITH sent AS
(
    SELECT
        -- some senders write zeros where there is no trace
        project_id, replaceRegexpOne(trace_id, '^0+$$', '') AS own_trace_id, replaceRegexpOne(span_id, '^0+$$', '') AS own_span_id,
        '' AS own_session_id, time, received_at, segment, attributes AS a
    FROM logs_in
    WHERE event_name = 'gen_ai.evaluation.result'
)
${evaluation_columns}
