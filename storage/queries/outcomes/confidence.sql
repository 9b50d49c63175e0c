-- How sure the model was of its last answer in each trace that starts in [start_ns, end_ns) and fits the filters: the mean
-- log-probability of its tokens, where spans hold them, as a mean or as a list (of numbers, or of objects with `logprob`,
-- also under `content`). Those without are left out. In order of time. Asked by storage.outcomes.
SELECT t.trace_id AS trace_id, c.mean AS mean
FROM
(
    SELECT trace_id, start_time
    FROM traces AS t FINAL
    WHERE project_id = {project:String}
        AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
        AND sipHash64('looked at', trace_id) / 18446744073709551616. < {share:Float64}
        /* filters */
) AS t
INNER JOIN
(
    SELECT trace_id, argMax(assumeNotNull(of_answer), start_time) AS mean
    FROM
    (
        SELECT
            s.trace_id AS trace_id, s.start_time AS start_time,
            if(s.list != '', s.list, x.text) AS sent,
            if(JSONType(sent) = 'Object', JSONExtractArrayRaw(sent, 'content'), JSONExtractArrayRaw(sent)) AS tokens,
            arrayFilter(p -> isNotNull(p), arrayMap(k -> coalesce(toFloat64OrNull(k), JSONExtract(k, 'logprob', 'Nullable(Float64)')), tokens)) AS known,
            multiIf(s.sent_mean < 0, s.sent_mean, notEmpty(known), arrayAvg(arrayMap(p -> assumeNotNull(p), known)), NULL) AS of_answer
        FROM
        (
            SELECT
                trace_id, start_time,
                least(attributes_double['gen_ai.response.mean_logprob'], attributes_double['gen_ai.response.avg_logprobs']) AS sent_mean,
                concat(attributes_string['gen_ai.response.logprobs'], attributes_string['llm.response.logprobs']) AS list,
                greatest(attributes_content['gen_ai.response.logprobs'], attributes_content['llm.response.logprobs']) AS hash
            FROM spans
            WHERE project_id = {project:String}
                AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
                AND start_minute <= toDateTime(intDiv({reach_ns:Int64}, 60000000000) * 60, 'UTC')
                AND operation = 'chat'
                AND (sent_mean < 0 OR list != '' OR hash != 0)
        ) AS s
        LEFT JOIN
        (
            SELECT hash, any(text) AS text
            FROM contents
            WHERE project_id = {project:String}
                AND hash IN
                (
                    SELECT arrayJoin([attributes_content['gen_ai.response.logprobs'], attributes_content['llm.response.logprobs']])
                    FROM spans
                    WHERE project_id = {project:String}
                        AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
                        AND start_minute <= toDateTime(intDiv({reach_ns:Int64}, 60000000000) * 60, 'UTC')
                        AND notEmpty(attributes_content)
                )
            GROUP BY hash
        ) AS x ON s.hash = x.hash
    )
    WHERE isNotNull(of_answer)
    GROUP BY trace_id
) AS c ON t.trace_id = c.trace_id
ORDER BY t.start_time, t.trace_id
LIMIT {limit:UInt32}
