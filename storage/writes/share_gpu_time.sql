-- How long the serving tier's GPUs worked for each call of some hours. What runs at the same moment on one instance
-- shares that moment equally, so the shares of an instance add up to the time that it was busy. With n(t) requests
-- running and C(t) the integral of 1 / n, a request that ran from a to b has C(b) - C(a).
--
-- Rows keep the version of the row that they replace, so that one settled meanwhile wins. A share belongs to the figures
-- that count and to those that a costing has found beside them.
INSERT INTO calls
WITH
    runs AS
    (
        SELECT
            instance, call,
            toUnixTimestamp64Nano(start_time) + toInt64(least(greatest(coalesce(queue_s, 0), 0) * 1e9, toFloat64(duration_ns))) AS begun,
            toUnixTimestamp64Nano(start_time) + toInt64(duration_ns) AS ended
        FROM servings FINAL
        WHERE project_id = {project:String}
            AND hour >= (SELECT min(arrayJoin({hours:Array(DateTime)}))) - INTERVAL 1 HOUR
            AND hour <= (SELECT max(arrayJoin({hours:Array(DateTime)}))) + INTERVAL 1 HOUR
            AND ended > begun
    ),
    moments AS
    (
        SELECT instance, moment.1 AS at, sum(moment.2) AS step
        FROM (SELECT instance, arrayJoin([(begun, 1), (ended, -1)]) AS moment FROM runs)
        GROUP BY instance, at
    ),
    pieces AS
    (
        SELECT
            instance, at,
            sum(step) OVER (PARTITION BY instance ORDER BY at) AS running,
            leadInFrame(at, 1, at) OVER (PARTITION BY instance ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
                AS until
        FROM moments
    ),
    elapsed AS MATERIALIZED
    (
        SELECT
            instance, at,
            sum(if(running > 0, (until - at) / 1e9 / running, 0)) OVER (PARTITION BY instance ORDER BY at)
                - if(running > 0, (until - at) / 1e9 / running, 0) AS passed
        FROM pieces
    ),
    shares AS
    (
        SELECT call AS span, sum(after.passed - before.passed) AS share
        FROM runs
        INNER JOIN elapsed AS before ON before.instance = runs.instance AND before.at = runs.begun
        INNER JOIN elapsed AS after ON after.instance = runs.instance AND after.at = runs.ended
        WHERE call != 0
        GROUP BY call
    )
SELECT
    * EXCEPT (share, rate, input_tokens, seen, is_next)
    REPLACE (
        settled_at + toIntervalMicrosecond(1) AS settled_at, tuple(${seen}) AS now, tuple(${next}) AS next,
        if(is_next, 0, next_costing) AS next_costing)
FROM
(
    SELECT * EXCEPT periods
    FROM
    (
        SELECT c.*, share, periods, seen.input_tokens AS input_tokens, ${rate} AS rate
        FROM
        (
            SELECT *, if(is_next, next, now) AS seen
            FROM
            (
                SELECT *, ${published} AS is_next
                FROM calls FINAL
                WHERE project_id = {project:String} AND hour IN {hours:Array(DateTime)} AND self_hosted
            )
        ) AS c
        INNER JOIN shares ON shares.span = cityHash64(c.project_id, c.trace_id, c.span_id)
        LEFT JOIN
        (
            SELECT provider, request_model, response_model, service_tier, processing, periods
            FROM prices FINAL
            WHERE project_id = {project:String}
        ) AS p USING (provider, request_model, response_model, service_tier, processing)
        WHERE abs(share - seen.gpu_seconds) > 1e-9 OR next_costing != 0 AND NOT is_next AND abs(share - next.gpu_seconds) > 1e-9
    )
)
SETTINGS enable_materialized_cte = 1
