-- The first and the last minute in which a span of the project started; no rows where it has none.
-- Reads one granule of each part. Asked before every list of spans.
SELECT toInt64(toUnixTimestamp(minute)) AS minute
FROM
(
    SELECT minute FROM (
        SELECT start_minute AS minute FROM spans WHERE project_id = {project:String}
        ORDER BY project_id, start_minute LIMIT 1)
    UNION ALL
    SELECT minute FROM (
        SELECT start_minute AS minute FROM spans WHERE project_id = {project:String}
        ORDER BY project_id DESC, start_minute DESC LIMIT 1)
)
ORDER BY minute
LIMIT 2
