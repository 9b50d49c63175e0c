-- The retrievers that traces of the window asked, that is each operation, collection and model: how often, how much they
-- found, and what is usual of their best scores. The most asked first. Asked by storage.retrieval.
SELECT
    operation, data_source, model, count() AS asked, countIf(is_told) AS told, countIf(is_empty) AS empties,
    countIf(is_scored) AS scored, countIf(is_low) AS low, avgOrNullIf(found, is_told) AS mean_found, any(o.is_distance) AS of_distances,
    any(o.is_of_window) AS of_window, any(if(o.is_distance, -o.least, o.least)) AS usual_least
FROM (${retrieval/outcomes}) AS o
WHERE trace_id IN
(
    SELECT trace_id
    FROM traces AS t FINAL
    WHERE project_id = {project:String}
        AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
        AND hasAny(operations, ['retrieve', 'rerank'])
        /* filters */
)
GROUP BY operation, data_source, model
ORDER BY asked DESC, operation, data_source, model
LIMIT {limit:UInt32}
