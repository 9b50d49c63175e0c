-- The traces of the window that failed for one cause ('': for any), or of which it is a tag: the newest first, before a
-- place.
-- Asked by storage.failures.traces_of.
SELECT
    trace_id, toUnixTimestamp64Nano(start_time) AS start_ns, session_id, tenant_id, feature, prompt_name, prompt_version,
    environment, answered_by, cost_usd, duration_ns, causes
FROM (${failures/found})
WHERE notEmpty(causes)
    AND ({cause:String} = '' OR has(if({with_tags:Bool}, causes.1, [causes[1].1]), {cause:String}))
    AND (toUnixTimestamp64Nano(start_time), trace_id) < ({before_ns:Int64}, {before_id:String})
ORDER BY start_time DESC, trace_id DESC
LIMIT {limit:UInt32}
