-- Citations in the answers of a window that groundedness judged, of the latest `most` answers: how many answers cite, how
-- many citations there are, how many of them name a context that was there, and how many hit: that context holds what
-- the sentence says. Sums over clusters of hits and citations as in evaluations/rates.sql, where a trace weighs as much as
-- it stands for. Asked by storage.groundedness.citations.
SELECT
    sum(answers_of) AS answers, sum(citing_of) AS citing, sum(citations_of) AS citations_there,
    sum(existing_of) AS existing, sum(hits_of) AS hits, countIf(n > 0) AS clusters, sum(n) AS weight, sum(b) AS total,
    sum(n * n) AS nn, sum(b * b) AS ss, sum(b * n) AS sn
FROM
(
    SELECT
        cluster, count() AS answers_of, countIf(cited > 0) AS citing_of, sum(cited) AS citations_of,
        sum(there) AS existing_of, sum(hit) AS hits_of, sum(weight * cited) AS n, sum(weight * hit) AS b
    FROM
    (
        SELECT
            e.cluster AS cluster, e.weight AS weight,
            JSONExtractUInt(d.details, 'figures', 'citations') AS cited,
            JSONExtractUInt(d.details, 'figures', 'citations_existing') AS there,
            JSONExtractUInt(d.details, 'figures', 'citation_hits') AS hit
        FROM
        (
            SELECT
                o.evaluator_version AS evaluator_version, o.verdict_key AS verdict_key, t.cluster AS cluster,
                1 / o.probability AS weight
            FROM (${groundedness/ours}) AS o
            INNER JOIN (${groundedness/traces}) AS t ON o.trace_id = t.trace_id
            WHERE isNotNull(o.score)
            ORDER BY t.start_ns DESC, t.trace_id
            LIMIT {most:UInt32}
        ) AS e
        INNER JOIN
        (
            SELECT version, key, details
            FROM verdicts
            WHERE project_id = {project:String}
                AND evaluator = {evaluator:String}
                AND key IN (SELECT verdict_key FROM (${groundedness/ours}))
            ORDER BY at DESC
            LIMIT 1 BY version, key
        ) AS d ON e.evaluator_version = d.version AND e.verdict_key = d.key
    )
    GROUP BY cluster
)
LIMIT 1
