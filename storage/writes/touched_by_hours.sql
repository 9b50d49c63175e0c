SELECT DISTINCT project_id, trace_id
FROM spans
WHERE project_id = {project:String} AND toStartOfHour(start_minute) IN {hours:Array(DateTime)}
    AND start_minute >= arrayMin({hours:Array(DateTime)}) AND start_minute < arrayMax({hours:Array(DateTime)}) + INTERVAL 1 HOUR
