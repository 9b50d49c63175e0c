-- A set, for `... IN (...)`: what evaluations that a filter is about judge, newest versions only. The filters take the
-- place of the two comments: what holds of every version before the newest is taken, what has to hold of that one
-- after. Part of the questions about traces, spans and sessions; no order and no limit, as it is a set.
SELECT trace_id, span_id, session_id
FROM
(
    SELECT trace_id, span_id, session_id, name, kind, score, label, source, state
    FROM evaluation_versions
    WHERE project_id = {project:String}
        /* evaluations */
    ORDER BY changed_at DESC, state DESC
    LIMIT 1 BY trace_id, session_id, span_id, name, id
)
WHERE state = 'stands'
    /* filters */
