-- A set, for the questions about usage: calls that count, one row each, as of_rollup.sql has rows of hours.
SELECT is_next, ${dimensions}, conversation, step, ${figures}
FROM
(
    SELECT
        ${published} AS is_next,
        ${columns}, ${conversation} AS conversation,
        roundDown(toUnixTimestamp(start_time), {starts:Array(UInt32)}) AS step, failed, retried,
        ${facts}
    FROM calls FINAL
    WHERE project_id = {project:String}
        AND hour >= {first_hour:DateTime('UTC')} AND hour < {end_hour:DateTime('UTC')}
        ${hours}
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
        ${where}
)
WHERE counted
