-- Which of some spans are stored. Ordered by ids. Asked by storage.queue_samples before items are added.
SELECT trace_id, span_id
FROM spans
WHERE project_id = {project:String}
    AND start_minute IN
    (
        SELECT minute
        FROM trace_minutes
        WHERE project_id = {project:String}
            AND trace_id IN {trace_ids:Array(String)}
    )
    AND trace_id IN {trace_ids:Array(String)}
    AND span_id IN {span_ids:Array(String)}
GROUP BY trace_id, span_id
ORDER BY trace_id, span_id
LIMIT {limit:UInt32}
