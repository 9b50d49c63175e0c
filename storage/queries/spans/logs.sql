-- Log records of a trace, or of one of its spans, between two minutes; bodies as hashes. In order of time.
-- Asked with a trace and with a span in full.
SELECT
    trace_id, span_id, toUnixTimestamp64Nano(time) AS time_unix_nano, severity_number, severity_text, event_name,
    service_name, scope_name, body, attributes, resource_attributes
FROM logs
WHERE project_id = {project:String}
    AND minute >= {since:DateTime('UTC')}
    AND minute <= {until:DateTime('UTC')}
    AND trace_id = {trace_id:String}
    AND ({span_id:String} = '' OR span_id = {span_id:String})
ORDER BY time_unix_nano, span_id, event_name
LIMIT {limit:UInt32}
