-- Evaluations that come with spans: as events of the span that they judge, or as attributes. Attributes of a span
-- whose own work is to evaluate judge what it links to, else the span above it; on any other span they judge that span.
WITH carriers AS
(
    SELECT
        *,
        -- Long texts have gone to the contents.
        arrayMap(k -> if(mapContains(attributes_content, k),
                arrayFirst(t -> t.1 = attributes_content[k] AND t.2 = 'attribute', texts).3, attributes_string[k]),
            ['gen_ai.evaluation.explanation', 'gen_ai.evaluation.correction']) AS long_texts,
        multiIf(mapContains(attributes_double, 'gen_ai.evaluation.score.value'), toString(attributes_double['gen_ai.evaluation.score.value']),
            mapContains(attributes_int, 'gen_ai.evaluation.score.value'), toString(attributes_int['gen_ai.evaluation.score.value']),
            mapContains(attributes_bool, 'gen_ai.evaluation.score.value'), toString(attributes_bool['gen_ai.evaluation.score.value']),
            attributes_string['gen_ai.evaluation.score.value']) AS score_value,
        mapUpdate(CAST(attributes_string, 'Map(String, String)'), map('gen_ai.evaluation.score.value', score_value,
            'gen_ai.evaluation.explanation', long_texts[1], 'gen_ai.evaluation.correction', long_texts[2])) AS own,
        multiIf(operation != 'evaluate', (trace_id, span_id),
            length(links) = 1, (links[1].trace_id, links[1].span_id),
            parent_span_id != '', (trace_id, parent_span_id),
            (trace_id, span_id)) AS target,
        arrayConcat(
            arrayMap(e -> (trace_id, span_id, if(e.time < toDateTime64('2000-01-01', 9, 'UTC'), start_time, e.time), e.attributes),
                arrayFilter(e -> e.name = 'gen_ai.evaluation.result', events)),
            if(mapContains(attributes_string, 'gen_ai.evaluation.name'),
                [(target.1, target.2, start_time + toIntervalNanosecond(duration_ns), own)], [])) AS judgements
    FROM spans_in
    WHERE mapContains(attributes_string, 'gen_ai.evaluation.name')
        OR arrayExists(e -> e.name = 'gen_ai.evaluation.result', events)
),
sent AS
(
    SELECT
        project_id, j.1 AS own_trace_id, j.2 AS own_span_id, session_id AS own_session_id, j.3 AS time, received_at,
        segment, j.4 AS a
    FROM carriers
    ARRAY JOIN judgements AS j
)
${evaluation_columns}
