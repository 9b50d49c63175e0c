SELECT DISTINCT toStartOfHour(minute) AS hour
FROM trace_minutes
WHERE (project_id, trace_id) IN (${touched})
