SELECT
    project_id, trace_id, span_id, time,
    attributes['gen_ai.evaluation.name'] AS name,
    toFloat64OrNull(attributes['gen_ai.evaluation.score.value']) AS score,
    attributes['gen_ai.evaluation.score.label'] AS label,
    attributes['gen_ai.evaluation.explanation'] AS explanation,
    attributes['gen_ai.evaluation.source'] AS source,
    attributes['gen_ai.evaluation.author'] AS author,
    attributes['gen_ai.response.id'] AS response_id
FROM logs_in
WHERE event_name = 'gen_ai.evaluation.result'
