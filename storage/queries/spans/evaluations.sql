-- Evaluations of some traces or of some of their spans, in order of time. Asked with a trace and with spans in full.
SELECT
    trace_id, span_id, toUnixTimestamp64Nano(time) AS time_unix_nano, name, score, label, explanation, source, author,
    response_id
FROM evaluations
WHERE project_id = {project:String}
    AND trace_id IN {trace_ids:Array(String)}
    AND (empty({span_ids:Array(String)}) OR span_id IN {span_ids:Array(String)})
ORDER BY time_unix_nano, trace_id, span_id, name
LIMIT {limit:UInt32}
