-- Sessions in the order of an evaluation, as page.sql: by the mean of its numbers in billionths, over the sessions and
-- their traces in the window, those without one last in both directions. Asked by storage.sessions.
SELECT
    session_id, user, tenant, traces, errors, first_time_unix_nano, last_time_unix_nano, tokens, cost,
    if(isNull(mean), 4611686018427387904, toInt64(round(greatest(-9e8, least(9e8, mean)) * 1e9)) * {direction:Int8}) AS place
FROM
(
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
) AS s
LEFT JOIN
(
    SELECT if(e.session_id != '', e.session_id, t.session_id) AS session_id, avg(score) AS mean
    FROM
    (
        SELECT trace_id, session_id, score, state
        FROM evaluation_versions
        WHERE project_id = {project:String}
            AND name = {evaluation:String}
        ORDER BY changed_at DESC, state DESC
        LIMIT 1 BY trace_id, session_id, span_id, id
    ) AS e
    LEFT JOIN
    (
        SELECT trace_id, session_id
        FROM traces FINAL
        WHERE project_id = {project:String}
            AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
            AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
            AND session_id != ''
            AND trace_id IN
            (
                SELECT trace_id
                FROM evaluation_versions
                WHERE project_id = {project:String}
                    AND name = {evaluation:String}
            )
    ) AS t USING (trace_id)
    WHERE state = 'stands'
    GROUP BY session_id
) AS m USING (session_id)
WHERE (place, session_id) > ({after:Int64}, {after_id:String})
ORDER BY place, session_id
LIMIT {limit:UInt32}
