SELECT
    project_id, trace_id, span_id, e.time AS time,
    e.attributes['gen_ai.evaluation.name'] AS name,
    toFloat64OrNull(e.attributes['gen_ai.evaluation.score.value']) AS score,
    e.attributes['gen_ai.evaluation.score.label'] AS label,
    e.attributes['gen_ai.evaluation.explanation'] AS explanation,
    e.attributes['gen_ai.evaluation.source'] AS source,
    e.attributes['gen_ai.evaluation.author'] AS author,
    e.attributes['gen_ai.response.id'] AS response_id
FROM (SELECT project_id, trace_id, span_id, arrayJoin(arrayFilter(e -> e.name = 'gen_ai.evaluation.result', events)) AS e FROM spans_in)
