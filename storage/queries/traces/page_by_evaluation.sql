-- Which traces a page has in the order of an evaluation, as page.sql: by the mean of its numbers in billionths, those
-- without one last in both directions. Asked by storage.traces.list_traces.
SELECT trace_id, hour, place
FROM
(
    SELECT
        trace_id,
        toInt64(toUnixTimestamp(start_hour)) AS hour,
        if(isNull(mean), 4611686018427387904, toInt64(round(greatest(-9e8, least(9e8, mean)) * 1e9)) * {direction:Int8}) AS place
    FROM
    (
        SELECT trace_id, start_hour
        FROM traces FINAL
        WHERE project_id = {project:String}
            AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
            AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
            AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
            AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
            /* filters */
    ) AS t
    LEFT JOIN
    (
        SELECT trace_id, avg(score) AS mean
        FROM
        (
            SELECT trace_id, score, state
            FROM evaluation_versions
            WHERE project_id = {project:String}
                AND name = {evaluation:String}
            ORDER BY changed_at DESC, state DESC
            LIMIT 1 BY trace_id, session_id, span_id, id
        )
        WHERE state = 'stands'
        GROUP BY trace_id
    ) AS e USING (trace_id)
)
WHERE (place, trace_id) > ({after:Int64}, {after_id:String})
ORDER BY place, trace_id
LIMIT {limit:UInt32}
