-- The commonest attribute keys among the `sample` newest spans that start in [start_ns, end_ns), commonest first.
-- Asked by storage.suggestions.attribute_keys.
SELECT key, count() AS spans
FROM
(
    SELECT toString(arrayJoin(arrayConcat(mapKeys(attributes_string), mapKeys(attributes_int),
        mapKeys(attributes_double), mapKeys(attributes_bool), mapKeys(attributes_content)))) AS key
    FROM
    (
        SELECT attributes_string, attributes_int, attributes_double, attributes_bool, attributes_content
        FROM spans
        WHERE project_id = {project:String}
            AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
            AND start_minute <= toDateTime(intDiv({end_ns:Int64}, 60000000000) * 60, 'UTC')
            AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
            AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
        ORDER BY project_id DESC, start_minute DESC
        LIMIT {sample:UInt32}
    )
)
WHERE startsWith(lower(key), lower({prefix:String}))
GROUP BY key
ORDER BY spans DESC, key
LIMIT {limit:UInt32}
