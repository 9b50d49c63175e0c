-- What was said of each trace that starts in [start_ns, end_ns) and fits the filters by the evaluations called `name`: by ours
-- where there is one, else the latest that is no person's; and beside it what people say of the same trace, as the share of
-- their votes that say that it is found (NULL where nobody says so or not). People's evaluations have the names in
-- `people`; of those in `low_people` little is what is found. Of more traces than can be looked at, a
-- share is that their ids decide. In order of time. Asked by storage.evaluators.scores.
SELECT
    t.trace_id AS trace_id, toUnixTimestamp64Nano(t.start_time) AS start_ns,
    if(t.session_id = '', t.trace_id, t.session_id) AS cluster, v.said.1 AS score, v.said.2 AS label, v.said.3 AS source,
    1 / v.said.4 AS weight, if(p.votes = 0, NULL, p.found) AS found_by_people, count() OVER () AS traces
FROM
(
    SELECT trace_id, start_time, session_id
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
    SELECT trace_id, argMax((score, toString(label), toString(source), probability), (evaluator_version != '', time)) AS said
    FROM
    (
        SELECT trace_id, score, label, source, probability, evaluator_version, time, state
        FROM evaluation_versions
        WHERE project_id = {project:String}
            AND name = {name:String} AND trace_id != '' AND source != 'human'
        ORDER BY changed_at DESC, state DESC
        LIMIT 1 BY trace_id, session_id, span_id, id
    )
    WHERE state = 'stands'
    GROUP BY trace_id
) AS v ON t.trace_id = v.trace_id
LEFT JOIN
(
    SELECT trace_id, countIf(isNotNull(vote)) AS votes, avg(vote) AS found
    FROM
    (
        SELECT
            trace_id,
            multiIf(
                label IN ('found', 'unsupported'), 1, label IN ('none', 'supported'), 0,
                isNull(score) OR score < 0 OR score > 1, NULL,
                toUInt8((score >= 0.5) != has({low_people:Array(String)}, toString(name)))) AS vote
        FROM
        (
            SELECT trace_id, span_id, name, score, label, author, time, state
            FROM evaluation_versions
            WHERE project_id = {project:String}
                AND name IN {people:Array(String)} AND trace_id != '' AND source = 'human'
            ORDER BY changed_at DESC, state DESC
            LIMIT 1 BY trace_id, session_id, span_id, name, id
        )
        WHERE state = 'stands'
        ORDER BY time DESC
        LIMIT 1 BY trace_id, span_id, name, author
    )
    GROUP BY trace_id
) AS p ON t.trace_id = p.trace_id
ORDER BY t.start_time, t.trace_id
LIMIT {limit:UInt32}
