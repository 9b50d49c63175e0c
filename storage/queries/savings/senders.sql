-- Which calls of [start_ns, end_ns) were sent any of these tool definitions, and which of them. Asked by storage.savings.
SELECT c.trace_id AS trace_id, c.span_id AS span_id, arrayIntersect(q.tools, {hashes:Array(UInt128)}) AS sent
FROM (${savings/counted}) AS c
INNER JOIN (${savings/requests}) AS q ON c.trace_id = q.trace_id AND c.span_id = q.span_id
WHERE notEmpty(sent)
ORDER BY trace_id, span_id
LIMIT {limit:UInt32}
