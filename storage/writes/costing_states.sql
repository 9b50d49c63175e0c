SELECT id, argMax(state, at) AS last_state, max(at) AS last_at
FROM costings
WHERE project_id = {project:String}
GROUP BY id
ORDER BY id
