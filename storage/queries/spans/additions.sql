-- What log records added to spans of some traces, in order of time. Asked with every span shown in full.
SELECT
    trace_id, span_id, system_instructions, input_messages, output_messages, tool_definitions, documents,
    document_ids, document_scores, document_attributes, input, output
FROM span_additions
WHERE project_id = {project:String}
    AND trace_id IN {trace_ids:Array(String)}
    AND (empty({span_ids:Array(String)}) OR span_id IN {span_ids:Array(String)})
ORDER BY trace_id, span_id, time
LIMIT {limit:UInt32}
