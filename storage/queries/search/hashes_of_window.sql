-- A set, for `hash IN (...)`: contents of spans in [start_ns, reach_ns] that hold the words of a search. The other
-- way round than hashes.sql: for words that very many contents hold, and for those that no index knows.
-- No order and no limit, as it is a set.
SELECT hash
FROM contents
WHERE project_id = {project:String}
    AND hash IN
    (
        SELECT arrayJoin(contents)
        FROM spans
        WHERE project_id = {project:String}
            AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
            AND start_minute <= toDateTime(intDiv({reach_ns:Int64}, 60000000000) * 60, 'UTC')
        UNION ALL
        SELECT arrayJoin(contents)
        FROM span_additions
        WHERE project_id = {project:String}
            AND time >= fromUnixTimestamp64Nano({start_ns:Int64} - 86400000000000, 'UTC')
            AND time <= fromUnixTimestamp64Nano({reach_ns:Int64} + 86400000000000, 'UTC')
    )
    /* filters */
