-- The judgements made in an annotation queue, each in its newest version, without explanations: known by their ids,
-- which begin with the queue's, and by having been given by a person who was signed in. Ordered by what is judged, criterion and author. Asked by storage.judging.judgements.
SELECT trace_id, span_id, name, author, kind, score, label
FROM
(
    SELECT trace_id, span_id, name, id, author, kind, score, label, state
    FROM evaluation_versions
    WHERE project_id = {project:String}
        AND by_member
        AND name IN {names:Array(String)}
        AND startsWith(id, {prefix:String})
    ORDER BY changed_at DESC, state DESC
    LIMIT 1 BY trace_id, span_id, name, id
)
WHERE state = 'stands'
ORDER BY trace_id, span_id, name, author
LIMIT {limit:UInt32}
