-- Which version of each evaluator dealt with a trace last. Asked by storage.evaluators.
SELECT evaluator, argMax(version, at) AS version_of
FROM evaluated_traces
WHERE project_id = {project:String}
    AND hour = toDateTime({hour:Int64}, 'UTC')
    AND trace_id = {trace_id:String}
GROUP BY evaluator
ORDER BY evaluator
LIMIT {limit:UInt32}
