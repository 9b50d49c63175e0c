-- What was used and spent in an interval, by dimensions and steps of time: a row with `is_total` for all of it, one with
-- `is_group` for each group over all steps, and the rest. The first groups by the order asked for; in each the steps by
-- time. `rows` is of_rollup.sql, of_calls.sql or both. A conversation is known by a hash, 0 for calls that have none.
-- Asked by storage.costs.usage.
SELECT
    is_total, is_group, place, ${dimensions}, step, ${columns}
FROM
(
    SELECT
        *,
        dense_rank() OVER (ORDER BY is_total DESC, group_order ${direction}, ${dimensions}) AS place
    FROM
    (
        SELECT *, ${group_order} AS group_order
        FROM
        (
            SELECT
                is_total, is_group, ${dimensions}, step, ${outer_figures}
            FROM
            (
                SELECT
                    grouping(${first_dimension}) = 1 AS is_total, ${is_group} AS is_group,
                    ${dimensions}, step, conversation, ${inner_figures}
                FROM (${rows})
                GROUP BY GROUPING SETS (${sets})
                HAVING of_requests > 0
            )
            GROUP BY is_total, is_group, ${dimensions}, step
        )
    )
)
WHERE place <= {limit:UInt32} + 1
ORDER BY place, is_group DESC, step
