-- How many characters and how many tokens calls of [start_ns, end_ns) were sent, by model: what a character comes to.
-- Of calls whose whole request is told. Asked by storage.savings.
SELECT model, sum(chars) AS all_chars, sum(tokens) AS all_tokens, count() AS calls
FROM
(
    SELECT trace_id, span_id, any(model) AS model, any(input_tokens) AS tokens, sum(chars) AS chars
    FROM
    (
        SELECT
            c.trace_id AS trace_id, c.span_id AS span_id, c.model AS model, c.input_tokens AS input_tokens,
            arrayJoin(arrayConcat(q.tools, q.instructions, q.messages)) AS hash
        FROM (${savings/counted}) AS c
        INNER JOIN (${savings/requests}) AS q ON c.trace_id = q.trace_id AND c.span_id = q.span_id
        WHERE c.operation = 'chat' AND notEmpty(q.messages) AND NOT c.failed
    ) AS p
    INNER JOIN
    (
        SELECT hash, any(lengthUTF8(if(body = '', text, body))) AS chars
        FROM contents
        WHERE project_id = {project:String}
        GROUP BY hash
    ) AS l USING (hash)
    GROUP BY trace_id, span_id
)
WHERE chars > 0 AND tokens > 0
GROUP BY model
ORDER BY model
LIMIT {limit:UInt32}
