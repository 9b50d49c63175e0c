-- A set, for the questions about groundedness: what each of `judges` (name and source, `groundedness:model`) says of a
-- trace, 1 where it is not supported, in the place of the judge among them; `form` is what it says so by. A label that
-- tells decides, else a score from 0 to 1, by one half; names in `inverted` score how bad an answer is. Of several
-- people the larger half counts; where there is none, nothing is said. A trace stands for `weight` of them, 1 / the
-- probability with which it was drawn.
SELECT
    trace_id, judge, toFloat64(avg(bad) > 0.5) AS unsupported, 1 / max(probability) AS weight, any(form) AS form
FROM
(
    SELECT
        trace_id, indexOf({judges:Array(String)}, concat(toString(name), ':', toString(source))) AS judge, probability,
        has({inverted:Array(String)}, toString(name)) AS is_inverted, ${evaluators/told_label} AS told,
        multiIf(told IN ('supported', 'unsupported', 'found', 'none'), 'label', kind = 'boolean', 'boolean', 'number') AS form,
        multiIf(
            told IN ('supported', 'unsupported'), toUInt8(told = 'unsupported'),
            told IN ('found', 'none'), toUInt8((told = 'found') = is_inverted),
            label IN {unjudged:Array(String)} OR isNull(score) OR score < 0 OR score > 1, NULL,
            toUInt8((score < 0.5) != is_inverted)) AS bad
    FROM
    (
        SELECT trace_id, span_id, name, kind, score, label, source, author, time, probability
        FROM
        (
            SELECT
                trace_id, session_id, span_id, name, id, kind, score, label, source, author, state, time, probability
            FROM evaluation_versions
            WHERE project_id = {project:String}
                AND name IN {names:Array(String)}
                AND trace_id IN
                (
                    SELECT trace_id FROM traces
                    WHERE project_id = {project:String}
                        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
                        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
                )
            ORDER BY changed_at DESC, state DESC
            LIMIT 1 BY trace_id, session_id, span_id, name, id
        )
        WHERE state = 'stands'
        ORDER BY time DESC, id
        LIMIT 1 BY trace_id, span_id, name, source, author
    )
    WHERE judge > 0 AND isNotNull(bad)
)
GROUP BY trace_id, judge
HAVING avg(bad) != 0.5
