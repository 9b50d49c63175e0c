-- Sessions with a trace that starts in [start_ns, end_ns) and fits the filters, by the start of the latest trace, then
-- by id; `direction` is 1 or -1. Figures are of all traces of the session in the window. Times in nanoseconds since
-- 1970. Asked by storage.sessions.
SELECT
    session_id,
    anyIf(user_id, user_id != '') AS user,
    anyIf(tenant_id, tenant_id != '') AS tenant,
    count() AS traces,
    countIf(status = 'error') AS errors,
    min(toUnixTimestamp64Nano(start_time)) AS first_time_unix_nano,
    max(toUnixTimestamp64Nano(start_time)) AS by_start_time,
    sum(total_tokens) AS tokens,
    sum(cost_usd) AS cost,
    {sort:Identifier} * {direction:Int8} AS place
FROM traces FINAL
WHERE project_id = {project:String}
    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    AND session_id != ''
    /* filters */
GROUP BY session_id
HAVING (place, session_id) > ({after:Int64}, {after_id:String})
ORDER BY place, session_id
LIMIT {limit:UInt32}
