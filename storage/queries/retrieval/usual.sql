-- A set, for the questions about retrieval: what is usual of each retriever, that is of each operation, collection and
-- model, in [usual_start_ns, start_ns) or, where that has fewer than `enough` retrievals with scores, in [start_ns, end_ns)
-- (`is_of_window`). `least` is the 5th percentile of the best score of a retrieval; NULL where neither has enough. Lists
-- whose scores mostly rise are of distances, of which less is better: their scores count negative, so more is always better.
-- `answers` are retrievals that told of documents: a retriever that never does says nothing about what it finds.
SELECT
    operation, data_source, model, answers, is_distance, scored_before < {enough:UInt32} AS is_of_window,
    multiIf(NOT is_of_window, if(is_distance, -far_before, near_before), scored_now >= {enough:UInt32}, if(is_distance, -far_now, near_now), NULL) AS least
FROM
(
    SELECT
        operation, data_source, model,
        countIf(finds) AS answers,
        countIf(length(scores) > 1 AND scores[1] < scores[-1]) > countIf(length(scores) > 1 AND scores[1] > scores[-1]) AS is_distance,
        countIf(is_before AND notEmpty(scores)) AS scored_before, countIf(NOT is_before AND notEmpty(scores)) AS scored_now,
        toNullable(quantileTDigestIf(0.05)(arrayMax(scores), is_before AND notEmpty(scores))) AS near_before,
        toNullable(quantileTDigestIf(0.95)(arrayMin(scores), is_before AND notEmpty(scores))) AS far_before,
        toNullable(quantileTDigestIf(0.05)(arrayMax(scores), NOT is_before AND notEmpty(scores))) AS near_now,
        toNullable(quantileTDigestIf(0.95)(arrayMin(scores), NOT is_before AND notEmpty(scores))) AS far_now
    FROM
    (
        SELECT
            toString(operation) AS operation, toString(data_source) AS data_source, toString(model) AS model,
            notEmpty(documents) AS finds, start_minute < toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC') AS is_before,
            arrayMap(x -> assumeNotNull(x), arrayFilter(x -> isNotNull(x) AND isFinite(x), document_scores)) AS scores
        FROM spans
        WHERE project_id = {project:String}
            AND start_minute >= toDateTime(intDiv({usual_start_ns:Int64}, 60000000000) * 60, 'UTC')
            AND start_minute <= toDateTime(intDiv({reach_ns:Int64}, 60000000000) * 60, 'UTC')
            AND operation IN ('retrieve', 'rerank')
    )
    GROUP BY operation, data_source, model
)
