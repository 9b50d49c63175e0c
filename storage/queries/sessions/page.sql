-- Sessions with a trace that starts in [start_ns, end_ns) and fits the filters, the latest first, then by id. Figures
-- are of all traces of the session in the window. Times in nanoseconds since 1970. Asked by storage.sessions.
SELECT
    session_id,
    anyIf(user_id, user_id != '') AS user,
    anyIf(tenant_id, tenant_id != '') AS tenant,
    count() AS traces,
    countIf(status = 'error') AS errors,
    min(toUnixTimestamp64Nano(start_time)) AS first_time_unix_nano,
    max(toUnixTimestamp64Nano(start_time)) AS last_time_unix_nano,
    sum(total_tokens) AS tokens,
    sum(cost_usd) AS cost
FROM traces FINAL
WHERE project_id = {project:String}
    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    AND session_id != ''
    /* filters */
GROUP BY session_id
HAVING (-last_time_unix_nano, session_id) > ({after:Int64}, {after_id:String})
ORDER BY -last_time_unix_nano, session_id
LIMIT {limit:UInt32}
