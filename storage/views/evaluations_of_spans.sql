-- An evaluation may come on a span of its own and name its target; one of a whole trace has no span id.
SELECT
    project_id,
    if(e.attributes['gen_ai.evaluation.target.trace_id'] != '', e.attributes['gen_ai.evaluation.target.trace_id'], trace_id) AS trace_id,
    multiIf(e.attributes['gen_ai.evaluation.scope'] IN ('trace', 'session'), '',
        e.attributes['gen_ai.evaluation.target.trace_id'] != '', e.attributes['gen_ai.evaluation.target.span_id'], span_id) AS span_id,
    if(e.time < toDateTime64('2000-01-01', 9, 'UTC'), start_time, e.time) AS time,
    e.attributes['gen_ai.evaluation.name'] AS name,
    ifNotFinite(toFloat64OrNull(e.attributes['gen_ai.evaluation.score.value']), NULL) AS score,
    e.attributes['gen_ai.evaluation.score.label'] AS label,
    e.attributes['gen_ai.evaluation.explanation'] AS explanation,
    e.attributes['gen_ai.evaluation.source'] AS source,
    e.attributes['gen_ai.evaluation.author'] AS author,
    e.attributes['gen_ai.response.id'] AS response_id
FROM
(
    SELECT project_id, trace_id, span_id, start_time, arrayJoin(arrayFilter(e -> e.name = 'gen_ai.evaluation.result', events)) AS e
    FROM spans_in
)
