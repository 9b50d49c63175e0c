-- How many calls each of some hours has, about: rows that a newer version replaces count until they are merged away.
SELECT hour, count() AS calls
FROM calls
WHERE project_id = {project:String} AND hour IN {hours:Array(DateTime)}
GROUP BY hour
