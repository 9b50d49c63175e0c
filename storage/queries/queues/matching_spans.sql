-- How many spans start in [start_ns, end_ns): what a sample is drawn from. Asked by storage.queue_samples.matching.
SELECT count() AS matched
FROM spans
WHERE project_id = {project:String}
    AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
    AND start_minute <= toDateTime(intDiv({end_ns:Int64}, 60000000000) * 60, 'UTC')
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    /* filters */
ORDER BY matched
LIMIT 1
