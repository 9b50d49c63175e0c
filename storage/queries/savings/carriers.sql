-- Which calls of a feature within [start_ns, end_ns) were sent a message that holds this text, and whether the answer of
-- any holds one of `needles`. Asked by storage.savings.
SELECT
    c.trace_id AS trace_id, c.span_id AS span_id,
    hasAny(q.answers,
        (
            SELECT groupUniqArray(hash)
            FROM contents
            WHERE project_id = {project:String} AND kind = 'message' AND multiSearchAny(text, {needles:Array(String)})
        )) AS is_quoted
FROM (${savings/counted}) AS c
INNER JOIN (${savings/requests}) AS q ON c.trace_id = q.trace_id AND c.span_id = q.span_id
WHERE c.feature = {feature:String}
    AND hasAny(q.messages,
        (
            SELECT groupUniqArray(hash)
            FROM contents
            WHERE project_id = {project:String} AND kind = 'message' AND position(text, {text:String}) > 0
        ))
ORDER BY trace_id, span_id
LIMIT {limit:UInt32}
