-- Hours in which calls may be that have no price, and how many.
SELECT hour, count() AS calls
FROM calls
WHERE project_id = {project:String} AND (now.price = 'unpriced' OR next.price = 'unpriced')
GROUP BY hour
