-- A set, for `next_costing IN (...)`: the costings whose figures count, those in a row's `next`.
SELECT id FROM costings WHERE project_id = {project:String} AND state = 'published'
