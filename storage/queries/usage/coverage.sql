-- The UTC days that have calls in [first_hour, end_hour): the hours that have any, whether the rollup of the day has all
-- of them, and since when rollups may lack something: the earliest last roll-up of those hours that changed since, as
-- microseconds since 1970 (of one that never was rolled up, its beginning; 0 if nothing is lacking). In order of time.
-- Asked by storage.costs.coverage.
SELECT c.day AS day, c.hours AS hours, c.changes = d.changes AS is_whole, c.since AS since
FROM
(
    SELECT
        toStartOfDay(hour, 'UTC') AS day, groupArray(hour) AS hours, sum(hour_changes) AS changes,
        minIf(if(rolled_at = 0, toInt64(toUnixTimestamp(hour)) * 1000000, toUnixTimestamp64Micro(rolled_at)), hour_changes != rolled) AS since
    FROM
    (
        SELECT hour, hour_changes, rolled, rolled_at
        FROM
        (
            SELECT hour, sum(changes) AS hour_changes
            FROM changed_hours
            WHERE project_id = {project:String}
                AND hour >= toStartOfDay({first_hour:DateTime('UTC')}) AND hour < toStartOfDay({end_hour:DateTime('UTC')} - INTERVAL 1 SECOND) + INTERVAL 1 DAY
            GROUP BY hour
        ) AS changed
        LEFT JOIN
        (
            SELECT hour, max(changes) AS rolled, max(rolled_at) AS rolled_at
            FROM rolled_hours
            WHERE project_id = {project:String}
                AND hour >= toStartOfDay({first_hour:DateTime('UTC')}) AND hour < toStartOfDay({end_hour:DateTime('UTC')} - INTERVAL 1 SECOND) + INTERVAL 1 DAY
            GROUP BY hour
        ) AS r USING (hour)
    )
    GROUP BY day
) AS c
LEFT JOIN
(
    SELECT day, argMax(changes, rolled_at) AS changes
    FROM rolled_days
    WHERE project_id = {project:String}
    GROUP BY day
) AS d USING (day)
ORDER BY day
LIMIT 100000
