SELECT
    project_id, toStartOfHour(min(start_minute)) AS first, toStartOfHour(max(start_minute)) + INTERVAL 1 HOUR AS end,
    project_id IN (SELECT DISTINCT project_id FROM calls) AS has_calls
FROM spans
GROUP BY project_id
ORDER BY project_id
