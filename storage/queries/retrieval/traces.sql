-- Traces that are worth a look in one measure of retrieval: the newest first, before a place. Asked by storage.retrieval.
SELECT
    m.name AS measure, trace_id, toUnixTimestamp64Nano(start_time) AS start_time_unix_nano, tenant_id, feature,
    answered_by AS model, data_source, m.count AS count, m.n AS n
FROM (${retrieval/measures})
ARRAY JOIN measures AS m
WHERE m.is_bad
    AND m.name = {measure:String}
    AND (start_time_unix_nano, trace_id) < ({before_ns:Int64}, {before_id:String})
ORDER BY start_time_unix_nano DESC, trace_id DESC
LIMIT {limit:UInt32}
