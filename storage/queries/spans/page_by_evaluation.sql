-- Which spans a page has in the order of an evaluation, as page.sql: by the mean of its numbers in billionths, those
-- without one last in both directions. Asked by storage.spans.list_spans.
SELECT trace_id, span_id, minute, place
FROM
(
    SELECT
        trace_id,
        span_id,
        toInt64(toUnixTimestamp(start_minute)) AS minute,
        if(isNull(mean), 4611686018427387904, toInt64(round(greatest(-9e8, least(9e8, mean)) * 1e9)) * {direction:Int8}) AS place
    FROM
    (
        SELECT trace_id, span_id, start_minute
        FROM spans
        WHERE project_id = {project:String}
            AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
            AND start_minute <= toDateTime(intDiv({end_ns:Int64}, 60000000000) * 60, 'UTC')
            AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
            AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
            /* filters */
    ) AS s
    LEFT JOIN
    (
        SELECT trace_id, span_id, avg(score) AS mean
        FROM
        (
            SELECT trace_id, span_id, score, state
            FROM evaluation_versions
            WHERE project_id = {project:String}
                AND name = {evaluation:String}
                AND span_id != ''
            ORDER BY changed_at DESC, state DESC
            LIMIT 1 BY trace_id, session_id, span_id, id
        )
        WHERE state = 'stands'
        GROUP BY trace_id, span_id
    ) AS e USING (trace_id, span_id)
)
WHERE (place, trace_id, span_id) > ({after:Int64}, {after_id:String}, {after_span:String})
ORDER BY place, trace_id, span_id
LIMIT {limit:UInt32}
