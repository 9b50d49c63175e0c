-- The responses that evaluations of a project wait for and that some segments concern: evaluations or spans of
-- theirs came in them.
WITH came AS
(
    SELECT response_id
    FROM spans
    WHERE project_id = {project:String}
        AND (start_minute, trace_id) IN
        (
            SELECT minute, trace_id
            FROM trace_minutes
            WHERE project_id = {project:String}
                AND trace_id IN (SELECT trace_id FROM touched_traces WHERE segment IN {segments:Array(String)} AND project_id = {project:String})
        )
        AND segment IN arrayMap(s -> sipHash64(s), {segments:Array(String)})
        AND response_id != ''
)
SELECT DISTINCT response_id
FROM evaluation_versions
WHERE project_id = {project:String}
    AND trace_id = '' AND session_id = '' AND response_id != ''
    AND (segment IN arrayMap(s -> sipHash64(s), {segments:Array(String)}) OR response_id IN (SELECT response_id FROM came))
