-- A set, for the questions about guardrails: the traces that start in [start_ns, end_ns) and fit the filters, with what
-- guardrails are told apart by. A trace without a session stands alone. Asked by storage.guardrails.
SELECT
    trace_id, start_time, session_id, if(session_id != '', session_id, trace_id) AS cluster, toString(tenant_id) AS tenant_id,
    user_id, toString(feature) AS feature, CAST(chat_models, 'Array(String)') AS chat_models, input, output
FROM traces AS t FINAL
WHERE project_id = {project:String}
    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    /* filters */
