-- How many traces start in [start_ns, end_ns): what a sample is drawn from. Asked by storage.queue_samples.matching.
SELECT count() AS matched
FROM
(
    SELECT trace_id
    FROM traces FINAL
    WHERE project_id = {project:String}
        AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
        /* filters */
)
ORDER BY matched
LIMIT 1
