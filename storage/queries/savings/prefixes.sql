-- Calls of models whose provider asks to be told what to keep in its prompt cache, and takes a premium for it: how their
-- prompts begin. `chain` holds a hash of the prompt up to each part, `chars` its length up to there; the first part is the
-- tool definitions and instructions, then each message. In order of time. Asked by storage.savings.
SELECT trace_id, span_id, arrayMap(i -> cityHash64(arraySlice(parts, 1, i)), arrayEnumerate(parts)) AS chain,
    arrayCumSum(lengths) AS chars
FROM
(
    SELECT
        trace_id, span_id, start_ns,
        arrayConcat([cityHash64(arrayMap(x -> x.2, heads))], arrayMap(x -> x.2, rest)) AS parts,
        arrayConcat([arraySum(arrayMap(x -> x.3, heads))], arrayMap(x -> x.3, rest)) AS lengths
    FROM
    (
        SELECT
            trace_id, span_id, any(p.start_ns) AS start_ns,
            arraySort(x -> x.1, groupArray((place, hash, chars))) AS ordered,
            arrayFilter(x -> x.1 <= any(p.heads), ordered) AS heads,
            arrayFilter(x -> x.1 > any(p.heads), ordered) AS rest
        FROM
        (
            SELECT trace_id, span_id, start_ns, heads, place, hash
            FROM
            (
                SELECT
                    c.trace_id AS trace_id, c.span_id AS span_id, c.start_ns AS start_ns,
                    length(q.tools) + length(q.instructions) AS heads,
                    arrayConcat(q.tools, q.instructions, q.messages) AS hashes
                FROM (${savings/priced}) AS c
                INNER JOIN (${savings/requests}) AS q ON c.trace_id = q.trace_id AND c.span_id = q.span_id
                WHERE notEmpty(q.messages) AND c.price IN ('own', 'list') AND c.processing = ''
                    AND c.cache_read_rate > 0 AND c.cache_read_rate < c.input_rate AND c.cache_write_5m_rate > c.input_rate
            )
            ARRAY JOIN hashes AS hash, arrayEnumerate(hashes) AS place
        ) AS p
        LEFT JOIN
        (
            SELECT hash, any(lengthUTF8(if(body = '', text, body))) AS chars
            FROM contents
            WHERE project_id = {project:String}
            GROUP BY hash
        ) AS l USING (hash)
        GROUP BY trace_id, span_id
    )
)
ORDER BY start_ns, trace_id, span_id
LIMIT {limit:UInt32}
