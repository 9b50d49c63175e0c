-- Days of a project that are over and changed since they were rolled up, and some others that are asked for: the changes
-- that their hours have seen, and whether all of these hours are rolled up themselves. Those asked for come first, then the newest.
SELECT c.day AS day, c.changes AS changes, hasAll(r.hours, c.hours) AS is_ready
FROM
(
    SELECT toStartOfDay(hour, 'UTC') AS day, sum(n) AS changes, groupUniqArray((hour, n)) AS hours
    FROM
    (
        SELECT hour, sum(changes) AS n FROM changed_hours WHERE project_id = {project:String} GROUP BY hour
    )
    WHERE hour < toStartOfDay(now('UTC') - INTERVAL 1 HOUR, 'UTC')
    GROUP BY day
) AS c
LEFT JOIN
(
    SELECT toStartOfDay(hour, 'UTC') AS day, groupUniqArray((hour, n)) AS hours
    FROM
    (
        SELECT hour, max(changes) AS n FROM rolled_hours WHERE project_id = {project:String} GROUP BY hour
    )
    GROUP BY day
) AS r USING (day)
LEFT JOIN
(
    SELECT day, argMax(changes, rolled_at) AS changes FROM rolled_days WHERE project_id = {project:String} GROUP BY day
) AS d USING (day)
WHERE is_ready AND c.changes != d.changes OR c.day IN {days:Array(DateTime('UTC'))}
ORDER BY c.day IN {days:Array(DateTime('UTC'))} DESC, day DESC
LIMIT {limit:UInt32}
