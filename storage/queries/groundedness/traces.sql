-- A set, for the questions about groundedness: the traces that start in [start_ns, end_ns) and fit the filters. A cluster
-- is a session, or a trace without one.
SELECT
    trace_id, toUnixTimestamp64Nano(start_time) AS start_ns, toUInt32(start_hour) AS hour,
    if(t.session_id != '', t.session_id, t.trace_id) AS cluster,
    toString(feature) AS feature_of, toString(tenant_id) AS tenant_of, toString(prompt_name) AS prompt_of,
    toString(prompt_version) AS version_of, CAST(chat_models, 'Array(String)') AS models_of
FROM traces AS t FINAL
WHERE project_id = {project:String}
    AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
    AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
    AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
    /* filters */
