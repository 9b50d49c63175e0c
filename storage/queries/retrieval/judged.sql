-- A set, for the questions about retrieval: what our evaluators say of each trace. `weight` is 1 / the probability with
-- which it was sampled, 0 where it was not judged. `claims` has a tuple for each claim of the answer: how likely it is
-- supported, the place of the context with its evidence (counted from 0; -1 where nothing comes near), how much of it the
-- evidence does not say. `is_answer`: it was judged, and is neither a refusal nor says that it does not know.
SELECT
    e.trace_id AS trace_id, e.label AS label, e.weight AS weight, e.relevance AS relevance, e.relevance_weight AS relevance_weight,
    v.claims AS claims,
    e.weight > 0 AND e.label != 'no_answer' AND NOT e.is_refusal AND (notEmpty(claims) OR e.label = 'no_contexts') AS is_answer
FROM
(
    SELECT
        trace_id,
        anyIf(1 / probability, name = 'groundedness') AS weight, anyIf(toString(said), name = 'groundedness') AS label,
        anyIf(toString(evaluator_version), name = 'groundedness') AS version, anyIf(verdict_key, name = 'groundedness') AS key,
        countIf(name = 'refusal' AND said = 'found') > 0 AS is_refusal,
        anyIf(assumeNotNull(score), name = 'context_relevance' AND isNotNull(score)) AS relevance,
        anyIf(1 / probability, name = 'context_relevance' AND isNotNull(score)) AS relevance_weight
    FROM
    (
        SELECT trace_id, name, state, score, label AS said, evaluator_version, probability, verdict_key
        FROM evaluation_versions
        WHERE project_id = {project:String}
            AND name IN ('groundedness', 'refusal', 'context_relevance')
            AND evaluator_version != ''
            AND trace_id IN
            (
                SELECT trace_id
                FROM traces FINAL
                WHERE project_id = {project:String}
                    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
                    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
                    AND hasAny(operations, ['retrieve', 'rerank'])
            )
        ORDER BY changed_at DESC, state DESC
        LIMIT 1 BY trace_id, name
    )
    WHERE state = 'stands'
    GROUP BY trace_id
) AS e
LEFT JOIN
(
    SELECT
        toString(version) AS version, key,
        arrayMap(
            c -> (JSONExtractFloat(c, 'score'), ifNull(JSONExtract(c, 'evidence', 'context', 'Nullable(Int64)'), -1), JSONLength(c, 'conflicts')),
            JSONExtractArrayRaw(details, 'claims')) AS claims
    FROM verdicts FINAL
    WHERE project_id = {project:String}
        AND evaluator = 'groundedness'
        AND key IN
        (
            SELECT verdict_key
            FROM evaluation_versions
            WHERE project_id = {project:String}
                AND name = 'groundedness'
                AND evaluator_version != ''
                AND trace_id IN
                (
                    SELECT trace_id
                    FROM traces FINAL
                    WHERE project_id = {project:String}
                        AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
                        AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
                        AND hasAny(operations, ['retrieve', 'rerank'])
                )
        )
) AS v ON e.version = v.version AND e.key = v.key
