-- A set, for the questions about retrieval: the retrievals and rerankings, and all else that brought documents, of spans
-- that start in [start_ns, reach_ns]; a row a span. `listed` are hashes of what was found, in its order; `names` what each
-- is called and `told` what else is known of it, '' where nothing is.
SELECT
    s.trace_id AS trace_id, s.span_id AS span_id, s.start_time AS start_time, s.operation AS operation, s.data_source AS data_source,
    s.model AS model, s.failed AS failed,
    if(notEmpty(s.documents), s.documents, a.added) AS listed,
    arrayResize(if(notEmpty(s.documents), s.document_ids, a.added_ids), length(listed)) AS names,
    arrayResize(if(notEmpty(s.documents), s.document_attributes, a.added_attributes), length(listed)) AS told,
    arrayMap(x -> assumeNotNull(x), arrayFilter(x -> isNotNull(x) AND isFinite(x), if(notEmpty(s.documents), s.document_scores, a.added_scores))) AS scores
FROM
(
    SELECT
        trace_id, span_id, start_time, toString(operation) AS operation, toString(data_source) AS data_source,
        toString(model) AS model, status = 'error' OR error_type != '' AS failed, documents, document_ids, document_scores,
        document_attributes
    FROM spans
    WHERE project_id = {project:String}
        AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
        AND start_minute <= toDateTime(intDiv({reach_ns:Int64}, 60000000000) * 60, 'UTC')
        AND (operation IN ('retrieve', 'rerank') OR notEmpty(documents) OR (trace_id, span_id) IN
            (
                SELECT trace_id, span_id
                FROM span_additions
                WHERE project_id = {project:String}
                    AND time >= fromUnixTimestamp64Nano({start_ns:Int64} - 86400000000000, 'UTC')
                    AND time <= fromUnixTimestamp64Nano({reach_ns:Int64} + 86400000000000, 'UTC')
                    AND notEmpty(documents)
            ))
) AS s
LEFT JOIN
(
    SELECT
        trace_id, span_id, argMax(documents, time) AS added, argMax(document_ids, time) AS added_ids,
        argMax(document_scores, time) AS added_scores, argMax(document_attributes, time) AS added_attributes
    FROM span_additions
    WHERE project_id = {project:String}
        -- log records may be a day off the span's clock
        AND time >= fromUnixTimestamp64Nano({start_ns:Int64} - 86400000000000, 'UTC')
        AND time <= fromUnixTimestamp64Nano({reach_ns:Int64} + 86400000000000, 'UTC')
        AND notEmpty(documents)
    GROUP BY trace_id, span_id
) AS a ON s.trace_id = a.trace_id AND s.span_id = a.span_id
