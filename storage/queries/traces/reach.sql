-- Until when the traces that start in [start_ns, end_ns) last, in nanoseconds since 1970: where to stop reading
-- their spans. Old versions of a trace only make it later. Asked before a filter or search that reads spans.
SELECT max(toUnixTimestamp64Nano(start_time) + toInt64(duration_ns)) AS reach_ns
FROM traces
WHERE project_id = {project:String}
    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
ORDER BY reach_ns
LIMIT 1
