-- What is known of each trace of the window, and whether it failed, for whatever cause: 1 or 0. In order of time.
-- Asked by storage.outcomes.
SELECT
    trace_id, toUnixTimestamp64Nano(start_time) AS start_ns, session_id, tenant_id, feature, prompt_name, prompt_version,
    environment, answered_by, tokens_a_call, turn, c.failed AS outcome, toFloat64(1) AS weight
FROM (${outcomes/facts}) AS f
INNER JOIN (SELECT trace_id, toFloat64(notEmpty(causes)) AS failed FROM (${failures/found})) AS c USING (trace_id)
ORDER BY start_time, trace_id
LIMIT {limit:UInt32}
