-- A set, for the questions about retrieval: each retrieval and reranking that did not fail, beside what is usual of its
-- retriever. `is_told`: its retriever tells what it finds, so that it can be empty. `is_scored`: it has scores, and it is
-- known what is usual; then `is_low` where its best score is below.
SELECT
    s.trace_id AS trace_id, s.operation AS operation, s.data_source AS data_source, s.model AS model,
    length(s.listed) AS found,
    u.answers > 0 OR max(notEmpty(s.listed)) OVER (PARTITION BY s.operation, s.data_source, s.model) AS is_told,
    is_told AND empty(s.listed) AS is_empty,
    if(empty(s.scores), NULL, if(u.is_distance, -arrayMin(s.scores), arrayMax(s.scores))) AS best,
    isNotNull(best) AND isNotNull(u.least) AS is_scored,
    ifNull(best < u.least, false) AS is_low,
    u.is_distance AS is_distance, u.is_of_window AS is_of_window, u.least AS least
FROM (${retrieval/asked}) AS s
LEFT JOIN (${retrieval/usual}) AS u ON s.operation = u.operation AND s.data_source = u.data_source AND s.model = u.model
WHERE NOT s.failed AND s.operation IN ('retrieve', 'rerank')
