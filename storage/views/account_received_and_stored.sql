-- Every metric point that is accepted is stored: there is nothing to tell a repeated point by.
SELECT
    getSetting('insert_deduplication_token') AS segment, '${signal}' AS signal, project AS project_id,
    sum(l.accepted) AS accepted, sum(l.rejected) AS rejected, sum(l.accepted) AS stored
FROM ${source} AS l
GROUP BY project
