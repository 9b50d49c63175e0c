-- Hours of [start_us, end_us) in which traces start, the newest first, and how many. Asked by storage.evaluators.
SELECT toUnixTimestamp(start_hour) AS hour, count() AS traces
FROM traces FINAL
WHERE project_id = {project:String}
    AND start_hour >= toStartOfHour(fromUnixTimestamp64Micro({start_us:Int64}, 'UTC'))
    AND start_hour < fromUnixTimestamp64Micro({end_us:Int64}, 'UTC')
GROUP BY start_hour
ORDER BY start_hour DESC
LIMIT {limit:UInt32}
