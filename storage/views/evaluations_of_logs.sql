-- Log records of evaluations. One without trace context waits for the span of its response.
WITH sent AS
(
    SELECT
        project_id, trace_id AS own_trace_id, span_id AS own_span_id, '' AS own_session_id, time, received_at, segment,
        attributes AS a
    FROM logs_in
    WHERE event_name = 'gen_ai.evaluation.result'
)
${evaluation_columns}
