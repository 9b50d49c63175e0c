-- The answers of a window that an evaluator of ours calls unsupported, the least supported first, each text of an answer
-- once: `traces` is how many have the same answer to the same question from the same documents, the latest is shown.
-- Asked by storage.groundedness.worst.
SELECT trace_id, start_ns, hour, score, version, key, traces, feature_of, tenant_of, models_of
FROM
(
    SELECT
        e.trace_id AS trace_id, t.start_ns AS start_ns, t.hour AS hour, assumeNotNull(e.score) AS score,
        e.evaluator_version AS version, e.verdict_key AS key, count() OVER (PARTITION BY version, key) AS traces,
        t.feature_of AS feature_of, t.tenant_of AS tenant_of, t.models_of AS models_of
    FROM
    (
        SELECT trace_id, score, evaluator_version, verdict_key, ${evaluators/told_label} AS told
        FROM (${groundedness/ours})
    ) AS e
    INNER JOIN (${groundedness/traces}) AS t ON e.trace_id = t.trace_id
    WHERE told = 'unsupported' AND isNotNull(e.score)
    ORDER BY score, start_ns DESC, trace_id
    LIMIT 1 BY version, key
)
ORDER BY score, start_ns DESC, trace_id
LIMIT {limit:UInt32}
