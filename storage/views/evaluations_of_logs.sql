-- An evaluation may come on a span of its own and name its target; one of a whole trace has no span id.
SELECT
    project_id,
    if(attributes['gen_ai.evaluation.target.trace_id'] != '', attributes['gen_ai.evaluation.target.trace_id'], trace_id) AS trace_id,
    multiIf(attributes['gen_ai.evaluation.scope'] IN ('trace', 'session'), '',
        attributes['gen_ai.evaluation.target.trace_id'] != '', attributes['gen_ai.evaluation.target.span_id'], span_id) AS span_id,
    time,
    attributes['gen_ai.evaluation.name'] AS name,
    ifNotFinite(toFloat64OrNull(attributes['gen_ai.evaluation.score.value']), NULL) AS score,
    attributes['gen_ai.evaluation.score.label'] AS label,
    attributes['gen_ai.evaluation.explanation'] AS explanation,
    attributes['gen_ai.evaluation.source'] AS source,
    attributes['gen_ai.evaluation.author'] AS author,
    attributes['gen_ai.response.id'] AS response_id
FROM logs_in
WHERE event_name = 'gen_ai.evaluation.result'
