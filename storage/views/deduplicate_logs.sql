-- A log record that was delivered before is not stored again; as deduplicate_spans.sql does it.
SELECT *
FROM logs_raw
WHERE (project_id, minute, identity) NOT IN
(
    SELECT project_id, minute, identity
    FROM logs
    WHERE (project_id, minute) IN (SELECT DISTINCT project_id, minute FROM logs_raw)
        AND segment != sipHash64(getSetting('insert_deduplication_token'))
)
LIMIT 1 BY project_id, identity
