-- The projects of some segments in which evaluations wait, or waited, for the span of their response. One granule each:
-- nearly all projects have none, and pay no more than this.
SELECT DISTINCT project_id
FROM evaluation_versions
WHERE project_id IN (SELECT project_id FROM ledger WHERE segment IN {segments:Array(String)})
    AND trace_id = '' AND session_id = '' AND response_id != ''
