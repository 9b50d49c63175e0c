-- What the collector accepted and rejected, from the stamp on each request.
SELECT
    getSetting('insert_deduplication_token') AS segment, '${signal}' AS signal, project AS project_id,
    sum(accepted) AS accepted, sum(rejected) AS rejected
FROM ${source}
GROUP BY project
