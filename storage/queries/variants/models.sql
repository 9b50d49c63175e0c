-- The models that answered in traces that start in [start_ns, end_ns) and fit the filters: in how many traces each, and when
-- the first and the last began. The most used first. Asked by storage.variants.
SELECT
    '' AS prompt_name, arrayJoin(chat_models) AS name, count() AS traces,
    toUnixTimestamp64Nano(min(start_time)) AS first_ns, toUnixTimestamp64Nano(max(start_time)) AS last_ns
FROM traces AS t FINAL
WHERE project_id = {project:String}
    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    /* filters */
GROUP BY name
ORDER BY traces DESC, name
LIMIT {limit:UInt32}
