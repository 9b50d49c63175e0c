SELECT getSetting('insert_deduplication_token') AS segment, '${signal}' AS signal, project_id, count() AS stored
FROM ${source}
GROUP BY project_id
