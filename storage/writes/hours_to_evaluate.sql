-- Hours of which an evaluator of a project has not seen every change, the newest first: some of each project and
-- evaluator, so that one that rests keeps no other from its work.
-- The two lists are pairs. Asked by storage.evaluators.
SELECT p.project_id AS project_id, p.evaluator AS evaluator, p.hour AS hour, p.changes AS changes
FROM
(
    SELECT project_id, evaluator, hour, changes
    FROM
    (
        SELECT project_id, hour, sum(changes) AS changes
        FROM changed_hours
        WHERE project_id IN {projects:Array(String)}
        GROUP BY project_id, hour
    ) AS c
    INNER JOIN
    (
        SELECT pair.1 AS project_id, pair.2 AS evaluator
        FROM (SELECT arrayJoin(arrayZip({projects:Array(String)}, {evaluators:Array(String)})) AS pair)
    ) AS wanted USING (project_id)
) AS p
LEFT JOIN
(
    SELECT project_id, evaluator, hour, max(changes) AS changes
    FROM evaluated_hours
    WHERE project_id IN {projects:Array(String)}
    GROUP BY project_id, evaluator, hour
) AS seen ON p.project_id = seen.project_id AND p.evaluator = seen.evaluator AND p.hour = seen.hour
WHERE p.changes != seen.changes
ORDER BY hour DESC, project_id, evaluator
LIMIT {limit:UInt32} BY project_id, evaluator
