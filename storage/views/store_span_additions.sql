SELECT
    project_id, trace_id, span_id, time, system_instructions, input_messages, output_messages, tool_definitions,
    documents, document_ids, document_scores, document_attributes, input, output
FROM logs_in
WHERE trace_id != '' AND span_id != ''
    AND notEmpty(arrayConcat(system_instructions, input_messages, output_messages, tool_definitions, documents, input, output))
