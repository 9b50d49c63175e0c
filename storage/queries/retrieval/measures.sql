-- A set, for the questions about retrieval: what each trace counts for in which measure, as tuples (measure, of how many,
-- how many, weight, whether it is one to look at). A measure is a ratio of sums, for means that of the values.
SELECT
    c.trace_id AS trace_id, c.start_time AS start_time, c.cluster AS cluster, c.tenant_id AS tenant_id, c.feature AS feature,
    c.prompt_version AS prompt_version, c.environment AS environment, c.answered_by AS answered_by, c.data_source AS data_source,
    arrayFilter(m -> m.2 > 0 AND m.4 > 0, CAST([
        ('context_used', if(c.is_answer, length(c.documents), 0), length(c.used), c.weight, empty(c.used)),
        ('position', if(c.is_answer, notEmpty(c.used), 0), if(empty(c.used), 0, c.used[1]), c.weight, c.used[1] > 1),
        ('relevance', c.relevance_weight > 0, c.relevance, c.relevance_weight, c.relevance < {irrelevant:Float64}),
        ('redundancy', length(c.listed), r.alike, 1, r.alike > 0),
        ('empty', o.told, o.empties, 1, o.empties > 0),
        ('low_score', o.scored, o.low, 1, o.low > 0),
        ('without_support', c.is_answer, empty(c.upheld), c.weight, empty(c.upheld))
    ], 'Array(Tuple(name String, n Float64, count Float64, weight Float64, is_bad Bool))')) AS measures
FROM (${retrieval/contexts}) AS c
LEFT JOIN (${retrieval/alike}) AS r ON c.trace_id = r.trace_id
LEFT JOIN
(
    SELECT trace_id, countIf(is_told) AS told, countIf(is_empty) AS empties, countIf(is_scored) AS scored, countIf(is_low) AS low
    FROM (${retrieval/outcomes})
    GROUP BY trace_id
) AS o ON c.trace_id = o.trace_id
