-- Tool definitions that calls of [start_ns, end_ns) were sent: how often, since when, and how often a tool of that name
-- was asked for by a model or run. `chars` is the length as sent. Asked by storage.savings.
SELECT
    d.hash AS hash, d.name AS name, d.chars AS chars, sent.calls AS calls, sent.days AS days,
    u.runs AS runs
FROM
(
    SELECT
        hash, count() AS calls, uniqExact(toDate(fromUnixTimestamp64Nano(start_ns))) AS days
    FROM
    (
        SELECT c.start_ns AS start_ns, arrayJoin(arrayDistinct(q.tools)) AS hash
        FROM (${savings/counted}) AS c
        INNER JOIN (${savings/requests}) AS q ON c.trace_id = q.trace_id AND c.span_id = q.span_id
    )
    GROUP BY hash
) AS sent
INNER JOIN
(
    SELECT
        hash, any(lengthUTF8(if(body = '', text, body))) AS chars,
        any(if(JSONHas(body, 'function', 'name'), JSONExtractString(body, 'function', 'name'), JSONExtractString(body, 'name'))) AS name
    FROM contents
    WHERE project_id = {project:String} AND kind = 'tool_definition'
    GROUP BY hash
) AS d ON sent.hash = d.hash
LEFT JOIN
(
    SELECT name, sum(runs) AS runs
    FROM
    (
        SELECT toString(tool_name) AS name, count() AS runs
        FROM spans
        WHERE project_id = {project:String} AND tool_name != ''
            AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 1000000000) - 3600, 'UTC')
            AND start_minute < toDateTime(intDiv({end_ns:Int64}, 1000000000) + 3600, 'UTC')
        GROUP BY name
        UNION ALL
        -- what models ask for, whether or not somebody traced that it ran
        SELECT arrayJoin(extractAll(body, '"name"\\s*:\\s*"([^"]+)"')) AS name, count() AS runs
        FROM contents
        WHERE project_id = {project:String} AND kind = 'message' AND role = 'assistant' AND position(body, '"name"') > 0
            AND hash IN
            (
                SELECT arrayJoin(q.answers) FROM (${savings/requests}) AS q
            )
        GROUP BY name
    )
    GROUP BY name
) AS u ON d.name = u.name
ORDER BY calls DESC, hash
LIMIT {limit:UInt32}
