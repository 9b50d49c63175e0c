SELECT
    project_id, minute, trace_id, span_id, time, received_at, segment, identity, severity_number, severity_text,
    event_name, service_name, scope_name, body, attributes, resource_attributes
FROM logs_in
