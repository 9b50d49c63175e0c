-- A span that was delivered before is not stored again. A re-delivered span has the same start, so only the minutes
-- of this insert are read. Rows of this very insert do not count: when a crash makes it run again, every target has
-- to see the same rows, and drops the ones that it has by the insert's token.
SELECT *
FROM spans_raw
WHERE (project_id, start_minute, trace_id, span_id) NOT IN
(
    SELECT project_id, start_minute, trace_id, span_id
    FROM spans
    WHERE (project_id, start_minute) IN (SELECT DISTINCT project_id, start_minute FROM spans_raw)
        AND segment != sipHash64(getSetting('insert_deduplication_token'))
)
LIMIT 1 BY project_id, trace_id, span_id
