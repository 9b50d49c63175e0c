-- In which minutes a trace has spans, in order. Asked before everything that reads one trace.
SELECT DISTINCT toInt64(toUnixTimestamp(minute)) AS minute
FROM trace_minutes
WHERE project_id = {project:String}
    AND trace_id = {trace_id:String}
ORDER BY minute
LIMIT {limit:UInt32}
