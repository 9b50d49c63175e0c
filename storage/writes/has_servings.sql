-- Whether a serving tier worked in some hours at all.
SELECT count() > 0
FROM (SELECT 1 FROM servings WHERE project_id = {project:String} AND hour IN {hours:Array(DateTime)} LIMIT 1)
