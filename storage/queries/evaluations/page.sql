-- Which evaluations a page has, of those judged in [start_ns, end_ns), the latest first: their places, ids and times of
-- change (microseconds since 1970). `every`: all versions, else the newest of each that stands. Narrow: the page's rows
-- are read after it. Asked by storage.evaluations.list_evaluations.
SELECT
    trace_id, session_id, span_id, name, id, toUnixTimestamp64Micro(changed_at) AS changed_us,
    toUnixTimestamp64Nano(time) AS time_unix_nano,
    concat(id, '/', trace_id, '/', span_id, '/', name, '/', toString(changed_us)) AS tie
FROM
(
    SELECT trace_id, session_id, span_id, name, id, changed_at, state, time
    FROM evaluation_versions
    WHERE project_id = {project:String}
        /* evaluations */
    ORDER BY changed_at DESC, state DESC
    LIMIT 1 BY trace_id, session_id, span_id, name, id, if({every:Bool}, changed_at, toDateTime64(0, 6, 'UTC'))
)
WHERE (state = 'stands' OR {every:Bool} AND state = 'retracted')
    AND time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    AND (-time_unix_nano, tie) > ({after:Int64}, {after_id:String})
ORDER BY -time_unix_nano, tie
LIMIT {limit:UInt32}
