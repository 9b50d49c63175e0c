-- What is known of each trace of the window, with its length in seconds or its cost as `outcome`; traces without one are
-- left out. In order of time. Asked by storage.outcomes.
SELECT
    trace_id, toUnixTimestamp64Nano(start_time) AS start_ns, session_id, tenant_id, feature, prompt_name, prompt_version,
    environment, answered_by, tokens_a_call, turn, if({measure:String} = 'cost', cost_usd, duration_ns / 1e9) AS outcome,
    toFloat64(1) AS weight
FROM (${outcomes/facts})
WHERE outcome > 0
ORDER BY start_time, trace_id
LIMIT {limit:UInt32}
