-- How many traces start in [start_ns, end_ns) and fit the filters. Asked by storage.outcomes, which looks at a share of
-- them where there are too many.
SELECT count() AS traces
FROM traces AS t FINAL
WHERE project_id = {project:String}
    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    /* filters */
ORDER BY traces
LIMIT 1
