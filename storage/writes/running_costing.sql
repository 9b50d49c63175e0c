SELECT max(id)
FROM (SELECT id, argMax(state, at) AS last_state FROM costings WHERE project_id = {project:String} GROUP BY id)
WHERE last_state = 'running'
