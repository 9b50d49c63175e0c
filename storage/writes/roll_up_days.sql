-- All rows of some days of one project, made anew from the rollup of their hours, as roll_up.sql makes that of calls.
INSERT INTO usage_by_day (project_id, day, ${dimensions}, version, is_deleted, now, next, next_costing)
SELECT
    project_id, day, ${dimensions}, {version:DateTime64(6, 'UTC')} AS version,
    tupleElement(now, 1) = 0 AND tupleElement(next, 1) = 0 AS is_deleted, now, next, {costing:UInt64} AS next_costing
FROM
(
    SELECT project_id, day, ${dimensions}, tuple(${sums}) AS now, tuple(${next_sums}) AS next
    FROM
    (
        SELECT project_id, day, ${dimensions}, ${visible}, ${pending}
        FROM
        (
            SELECT
                *, toStartOfDay(hour, 'UTC') AS day, ${published} AS is_next,
                next_costing != 0 AND next_costing = {costing:UInt64} AS is_pending
            FROM usage_by_hour FINAL
            WHERE project_id = {project:String} AND hour IN {hours:Array(DateTime('UTC'))}
        )
        UNION ALL
        SELECT project_id, day, ${dimensions}, ${nothing}
        FROM usage_by_day FINAL
        WHERE project_id = {project:String} AND day IN {days:Array(DateTime('UTC'))}
    )
    GROUP BY project_id, day, ${dimensions}
)
SETTINGS max_insert_threads = 1, min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 0,
    do_not_merge_across_partitions_select_final = 1
