-- Put evaluations that waited for a response at the span that has it: every version at its place, and `moved` where
-- it waited. Of several spans with one response the app's innermost model call is meant; a framework's repeats it.
INSERT INTO evaluation_versions
(
    project_id, trace_id, session_id, response_id, span_id, name, id, changed_at, state, time, kind, score, label,
    explanation, correction, source, author, by_member, metadata, segment
)
WITH
    places AS
    (
        SELECT response_id, trace_id, span_id
        FROM spans
        WHERE project_id = {project:String} AND response_id IN {response_ids:Array(String)}
        ORDER BY operation = 'serve', counts_usage DESC, start_time DESC, duration_ns, span_id
        LIMIT 1 BY response_id
    ),
    waiting AS
    (
        SELECT *
        FROM evaluation_versions
        WHERE project_id = {project:String}
            AND trace_id = '' AND session_id = '' AND response_id IN {response_ids:Array(String)}
        ORDER BY state DESC
        LIMIT 1 BY response_id, span_id, name, id, changed_at
    )
SELECT
    w.project_id, if(is_moved, '', p.trace_id), '', w.response_id, if(is_moved, w.span_id, p.span_id), w.name, w.id,
    w.changed_at, if(is_moved, 'moved', toString(w.state)), w.time, w.kind, w.score, w.label, w.explanation, w.correction,
    w.source, w.author, w.by_member, w.metadata, w.segment
FROM waiting AS w
INNER JOIN places AS p ON w.response_id = p.response_id
ARRAY JOIN [false, true] AS is_moved
WHERE w.state != 'moved'
