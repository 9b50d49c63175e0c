-- In which hours (seconds since 1970) some traces have spans; a trace that is not stored has no row. Ordered by trace
-- and hour. Asked by storage.queue_samples before items are added, and before their previews are read.
SELECT trace_id, toInt64(toUnixTimestamp(toStartOfHour(minute))) AS hour
FROM trace_minutes
WHERE project_id = {project:String}
    AND trace_id IN {trace_ids:Array(String)}
GROUP BY trace_id, hour
ORDER BY trace_id, hour
LIMIT {limit:UInt32}
