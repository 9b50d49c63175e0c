-- After settling, in a statement of its own: whoever sees the mark sees the calls.
INSERT INTO changed_hours
SELECT DISTINCT project_id, toStartOfHour(minute) AS hour, 1
FROM trace_minutes
WHERE (project_id, trace_id) IN (${touched})
