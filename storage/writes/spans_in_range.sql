SELECT toStartOfHour(start_minute) AS hour, count() AS spans
FROM spans
WHERE project_id = {project:String} AND start_minute >= {first:DateTime} AND start_minute < {end:DateTime64(9, 'UTC')}
GROUP BY hour
