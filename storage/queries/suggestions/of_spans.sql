-- The commonest values of a text column among the `sample` newest spans that start in [start_ns, end_ns), with how
-- many spans have each. The commonest first. Asked by storage.suggestions.values.
SELECT value, count() AS spans
FROM
(
    SELECT toString({column:Identifier}) AS value
    FROM spans
    WHERE project_id = {project:String}
        AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
        AND start_minute <= toDateTime(intDiv({end_ns:Int64}, 60000000000) * 60, 'UTC')
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    ORDER BY project_id DESC, start_minute DESC
    LIMIT {sample:UInt32}
)
WHERE value != '' AND startsWith(lower(value), lower({prefix:String}))
GROUP BY value
ORDER BY spans DESC, value
LIMIT {limit:UInt32}
