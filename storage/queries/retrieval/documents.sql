-- The documents that the traces were given: how often, how often an answer rested on each, how many claims that nothing
-- supports come nearest to it, and what it cost to send it in vain: of those judged, by their weights. A document's
-- tokens are taken as a quarter of its characters; their price is what an input token of the trace's calls came to, once.
-- `ordered` by 'retrieved', 'unused' (never used first, then by how often judged) or 'unsupported'. With the newest traces
-- in which it was not used, and those with such a claim. Asked by storage.retrieval.
SELECT
    hash, name, known, traces, judged, judged_weight, used, used_weight, mean_rank, unsupported, unsupported_weight, conflicting,
    intDiv(letters + 3, 4) AS tokens, tokens * unused_weight AS wasted_tokens, tokens * usd_a_token AS wasted_usd, unpriced,
    unused_in, unsupported_in
FROM
(
    SELECT
        hash, any(letters) AS letters, anyIf(called, called != '') AS name, anyIf(about, about != '') AS known, count() AS traces,
        countIf(is_answer) AS judged, sumIf(weight, is_answer) AS judged_weight,
        countIf(is_answer AND is_used) AS used, sumIf(weight, is_answer AND is_used) AS used_weight, avg(rank) AS mean_rank,
        sumIf(weight, is_answer AND NOT is_used) AS unused_weight,
        sumIf(weight * ifNull(usd, 0), is_answer AND NOT is_used) AS usd_a_token,
        countIf(is_answer AND NOT is_used AND isNull(usd)) AS unpriced,
        sum(missed) AS unsupported, sum(weight * missed) AS unsupported_weight, sum(at_odds) AS conflicting,
        arrayMap(x -> x.2, groupArraySortedIf(20)((-start_ns, trace_id), is_answer AND NOT is_used)) AS unused_in,
        arrayMap(x -> x.2, groupArraySortedIf(20)((-start_ns, trace_id), missed > 0)) AS unsupported_in
    FROM
    (
        SELECT
            d.hash AS hash, d.called AS called, d.about AS about, d.rank AS rank, d.is_answer AS is_answer, d.weight AS weight,
            d.is_used AS is_used, d.missed AS missed, d.at_odds AS at_odds, d.trace_id AS trace_id, d.start_ns AS start_ns,
            x.letters AS letters, p.usd AS usd
        FROM
        (
            SELECT
                trace_id, toUnixTimestamp64Nano(start_time) AS start_ns, is_answer, if(is_answer, weight, 0) AS weight, place AS rank,
                documents[place] AS hash, names[indexOf(listed, hash)] AS called, told[indexOf(listed, hash)] AS about,
                has(used, place) AS is_used,
                if(is_answer, arrayCount(c -> c.1 < {supported:Float64} AND c.2 + 1 = place, claims), 0) AS missed,
                if(is_answer, arrayCount(c -> c.1 < {supported:Float64} AND c.2 + 1 = place AND c.3 > 0, claims), 0) AS at_odds
            FROM (${retrieval/contexts})
            ARRAY JOIN arrayMap(i -> toInt64(i), arrayEnumerate(documents)) AS place
        ) AS d
        LEFT JOIN
        (
            SELECT hash, any(lengthUTF8(text)) AS letters
            FROM contents
            WHERE project_id = {project:String}
                AND hash IN (SELECT arrayJoin(listed) FROM (${retrieval/listed}))
            GROUP BY hash
        ) AS x ON d.hash = x.hash
        LEFT JOIN
        (
            SELECT trace_id, toNullable(toFloat64(sum(cost_usd - output_cost_usd - request_cost_usd)) / sum(input_tokens)) AS usd
            FROM (${savings/counted})
            WHERE operation = 'chat' AND input_tokens > 0 AND price NOT IN ('unpriced', 'unresolved')
            GROUP BY trace_id
        ) AS p ON d.trace_id = p.trace_id
    )
    GROUP BY hash
)
WHERE {ordered:String} = 'retrieved' OR {ordered:String} = 'unused' AND used = 0 AND judged > 0 OR {ordered:String} = 'unsupported' AND unsupported > 0
ORDER BY multiIf({ordered:String} = 'unsupported', unsupported_weight, {ordered:String} = 'unused', judged_weight, toFloat64(traces)) DESC, traces DESC, hash
LIMIT {limit:UInt32}
