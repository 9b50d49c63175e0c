-- All rows of some hours of one project, made anew from its calls in one insert: readers see either the rows before or
-- these. What is there already comes in once more without figures, so that rows whose calls are gone become deleted.
INSERT INTO ${table} (project_id, hour, ${dimensions}, version, is_deleted, now, next, next_costing)
SELECT
    project_id, hour, ${dimensions}, {version:DateTime64(6, 'UTC')} AS version,
    tupleElement(now, 1) = 0 AND tupleElement(next, 1) = 0 AS is_deleted, now, next, {costing:UInt64} AS next_costing
FROM
(
    SELECT project_id, hour, ${dimensions}, ${measured} AS now, ${next_measured} AS next
    FROM
    (
        SELECT project_id, hour, ${dimensions}, failed, retried, ${visible}, ${pending}
        FROM
        (
            SELECT *, ${published} AS is_next, next_costing != 0 AND next_costing = {costing:UInt64} AS is_pending
            FROM calls FINAL
            WHERE project_id = {project:String} AND hour IN {hours:Array(DateTime)}
        )
        UNION ALL
        SELECT project_id, hour, ${dimensions}, false AS failed, false AS retried, ${nothing}
        FROM ${table} FINAL
        WHERE project_id = {project:String} AND hour IN {hours:Array(DateTime)}
    )
    GROUP BY project_id, hour, ${dimensions}
)
SETTINGS max_insert_threads = 1, min_insert_block_size_rows = 100000000, min_insert_block_size_bytes = 0,
    do_not_merge_across_partitions_select_final = 1
