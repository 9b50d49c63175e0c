-- The commonest values of a text fact of traces that start in [start_ns, end_ns), with how many traces have each.
-- The commonest first. Asked by storage.suggestions.values.
SELECT value, count() AS traces
FROM
(
    SELECT toString({column:Identifier}) AS value
    FROM traces FINAL
    WHERE project_id = {project:String}
        AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
)
WHERE value != '' AND startsWith(lower(value), lower({prefix:String}))
GROUP BY value
ORDER BY traces DESC, value
LIMIT {limit:UInt32}
