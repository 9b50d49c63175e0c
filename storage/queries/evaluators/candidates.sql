-- Traces of some hours that an evaluator has to deal with: those in its sample that it has not seen as they stand now.
--
-- A trace is in the sample where a hash of its id, a number from 0 to 1, is less than its probability: that of the overrides
-- that hold for it, the highest first, else `rate`; and at least `uncertain_rate` where the newest evaluation called
-- `uncertain_of` is between `uncertain_low` and `uncertain_high`. The four lists of overrides belong together.
-- A trace that was settled less than `quiet_us` ago has to wait, and so has one that `uncertain_of` has not dealt with as it
-- stands, unless `others_done`. Those come first, so that nobody takes an hour for done that has some. What an older version dealt with stays, unless `anew`. Asked by storage.evaluators.
SELECT toUnixTimestamp(hour) AS hour, trace_id, settled_us, probability, is_waiting
FROM
(
    SELECT
        t.start_hour AS hour, t.trace_id AS trace_id, toUnixTimestamp64Micro(t.settled_at) AS settled_us,
        greatest(t.rate_of_trace, if({uncertain_of:String} != '' AND isNotNull(u.score)
            AND u.score >= {uncertain_low:Float64} AND u.score <= {uncertain_high:Float64}, {uncertain_rate:Float64}, 0)) AS probability,
        {uncertain_of:String} != '' AND NOT {others_done:Bool} AND o.settled_us < settled_us AS waits_for_other,
        waits_for_other OR settled_us > toUnixTimestamp64Micro(now64(6)) - {quiet_us:Int64} AS is_waiting,
        e.version AS version, e.settled_us AS seen_us, e.probability AS seen_probability
    FROM
    (
        SELECT
            start_hour, trace_id, settled_at,
            arrayMax(arrayMap(
                (dimension, value, rate) -> if(
                    (dimension = 'tenant' AND value = tenant_id) OR (dimension = 'feature' AND value = feature)
                        OR (dimension = 'model' AND has(chat_models, value)), rate, -1),
                arrayConcat({override_dimensions:Array(String)}, ['']), arrayConcat({override_values:Array(String)}, ['']),
                arrayConcat({override_rates:Array(Float64)}, [toFloat64(-1)]))) AS override,
            if(override >= 0, override, {rate:Float64}) AS rate_of_trace
        FROM traces FINAL
        WHERE project_id = {project:String}
            AND start_hour IN {hours:Array(DateTime('UTC'))}
    ) AS t
    LEFT JOIN
    (
        SELECT
            hour, trace_id, argMax(version, at) AS version, argMax(toUnixTimestamp64Micro(settled_at), at) AS settled_us,
            argMax(probability, at) AS probability
        FROM evaluated_traces
        WHERE project_id = {project:String}
            AND hour IN {hours:Array(DateTime('UTC'))}
            AND evaluator = {evaluator:String}
        GROUP BY hour, trace_id
    ) AS e ON t.start_hour = e.hour AND t.trace_id = e.trace_id
    LEFT JOIN
    (
        SELECT trace_id, argMax(score, time) AS score
        FROM
        (
            SELECT trace_id, score, time, state
            FROM evaluation_versions
            WHERE project_id = {project:String}
                AND {uncertain_of:String} != '' AND name = {uncertain_of:String} AND evaluator_version != ''
                AND trace_id IN
                (
                    SELECT trace_id
                    FROM traces FINAL
                    WHERE project_id = {project:String}
                        AND {uncertain_of:String} != '' AND start_hour IN {hours:Array(DateTime('UTC'))}
                )
            ORDER BY changed_at DESC
            LIMIT 1 BY trace_id, id
        )
        WHERE state = 'stands'
        GROUP BY trace_id
    ) AS u ON t.trace_id = u.trace_id
    LEFT JOIN
    (
        SELECT hour, trace_id, argMax(toUnixTimestamp64Micro(settled_at), at) AS settled_us
        FROM evaluated_traces
        WHERE project_id = {project:String}
            AND hour IN {hours:Array(DateTime('UTC'))}
            AND {uncertain_of:String} != '' AND evaluator = {uncertain_of:String}
        GROUP BY hour, trace_id
    ) AS o ON t.start_hour = o.hour AND t.trace_id = o.trace_id
)
WHERE sipHash64(trace_id) / 18446744073709551616 < greatest(probability, if(waits_for_other, {uncertain_rate:Float64}, 0))
    AND multiIf(
        version = '', settled_us >= {since_us:Int64},
        settled_us > seen_us, true,
        version = {version:String}, probability > seen_probability,
        {anew:Bool})
ORDER BY is_waiting DESC, hour DESC, trace_id
LIMIT {limit:UInt32}
