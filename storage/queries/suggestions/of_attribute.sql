-- The commonest values of one attribute (`place` 'attr': of the span, 'resource': of its resource) among the `sample`
-- newest spans that start in [start_ns, end_ns). The commonest first. Asked by storage.suggestions.values.
SELECT value, count() AS spans
FROM
(
    SELECT multiIf(
        {place:String} = 'resource', resource_attributes[{key:String}],
        mapContains(attributes_string, {key:String}), attributes_string[{key:String}],
        mapContains(attributes_int, {key:String}), toString(attributes_int[{key:String}]),
        mapContains(attributes_double, {key:String}), toString(attributes_double[{key:String}]),
        mapContains(attributes_bool, {key:String}), toString(attributes_bool[{key:String}]),
        '') AS value
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
