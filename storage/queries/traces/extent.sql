-- The first and the last hour in which a trace of the project started; no rows where it has none.
-- Reads one granule of each part. Asked before every list, so that no window is walked where nothing is.
SELECT toInt64(toUnixTimestamp(hour)) AS hour
FROM
(
    SELECT hour FROM (
        SELECT start_hour AS hour FROM traces WHERE project_id = {project:String}
        ORDER BY project_id, start_hour LIMIT 1)
    UNION ALL
    SELECT hour FROM (
        SELECT start_hour AS hour FROM traces WHERE project_id = {project:String}
        ORDER BY project_id DESC, start_hour DESC LIMIT 1)
)
ORDER BY hour
LIMIT 2
