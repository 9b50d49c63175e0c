-- What traces cost, after a costing has been published: of those with a call in some hours that it changed. A row keeps
-- the version of the one that it replaces, so that a trace that is settled meanwhile wins.
INSERT INTO traces
WITH
    changed AS MATERIALIZED
    (
        SELECT DISTINCT trace_id
        FROM calls
        WHERE project_id = {project:String} AND hour IN {hours:Array(DateTime)} AND next_costing = {costing:UInt64}
    ),
    hours_of_changed AS MATERIALIZED
    (
        SELECT DISTINCT toStartOfHour(minute) AS hour
        FROM trace_minutes
        WHERE project_id = {project:String} AND trace_id IN (SELECT trace_id FROM changed)
    ),
    costs AS
    (
        SELECT
            trace_id,
            countIf(counted) AS counted_calls,
            countIf(counted AND price IN ${not_priced}) AS not_priced_calls,
            toFloat64(sumIf(cost_usd, counted)) AS priced_usd
        FROM
        (
            SELECT trace_id, ${visible}
            FROM
            (
                SELECT *, ${published} AS is_next
                FROM calls FINAL
                WHERE project_id = {project:String} AND hour IN (SELECT hour FROM hours_of_changed)
                    AND trace_id IN (SELECT trace_id FROM changed)
            )
        )
        GROUP BY trace_id
    )
SELECT
    t.* REPLACE (
        t.settled_at + toIntervalMicrosecond(1) AS settled_at,
        if(counted_calls > not_priced_calls, priced_usd, NULL) AS cost_usd,
        toUInt32(not_priced_calls) AS unpriced_calls)
FROM
(
    SELECT * FROM traces FINAL
    WHERE project_id = {project:String} AND start_hour IN (SELECT hour FROM hours_of_changed)
        AND trace_id IN (SELECT trace_id FROM changed)
) AS t
INNER JOIN costs USING (trace_id)
SETTINGS enable_materialized_cte = 1
