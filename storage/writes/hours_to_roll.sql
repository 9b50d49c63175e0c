SELECT project_id, hour, changed.changes AS changes
FROM
(
    SELECT project_id, hour, sum(changes) AS changes
    FROM changed_hours
    WHERE project_id NOT IN {without:Array(String)}
    GROUP BY project_id, hour
) AS changed
LEFT JOIN (SELECT project_id, hour, max(changes) AS changes FROM rolled_hours GROUP BY project_id, hour) AS rolled
    USING (project_id, hour)
WHERE changed.changes != rolled.changes
ORDER BY hour DESC, project_id
LIMIT {limit:UInt32}
