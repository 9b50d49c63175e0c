-- What some traces of some hours say, by the hashes of their texts, for those who judge it: a row a trace.
--
-- The last retrieval or reranking of a trace counts, as that is what went on to the prompt; beside it everything that
-- tools gave back. System prompt, messages, model and finish reason are of the last chat that has any: it made the answer.
-- Asked by storage.evaluators.
SELECT
    toUnixTimestamp(t.start_hour) AS hour, t.trace_id AS trace_id, t.input AS input, t.output AS output, t.feature AS feature, t.tenant_id AS tenant_id,
    s.documents AS documents, s.document_ids AS document_ids, s.tool_results AS tool_results, s.system AS system, s.messages AS messages,
    s.model AS model, s.finish_reasons AS finish_reasons
FROM
(
    SELECT start_hour, trace_id, input, output, toString(feature) AS feature, toString(tenant_id) AS tenant_id
    FROM traces FINAL
    WHERE project_id = {project:String}
        AND start_hour IN {hours:Array(DateTime('UTC'))}
        AND trace_id IN {trace_ids:Array(String)}
) AS t
LEFT JOIN
(
    SELECT
        trace_id,
        argMaxIf(found, start_time, notEmpty(found)) AS documents,
        argMaxIf(arrayResize(ids, length(found)), start_time, notEmpty(found)) AS document_ids,
        arrayFlatten(arrayMap(r -> r.2, arraySort(r -> r.1,
            groupArrayIf((start_time, result), operation = 'execute_tool' AND notEmpty(result))))) AS tool_results,
        argMaxIf(instructions, start_time, operation = 'chat' AND notEmpty(instructions)) AS system,
        argMaxIf(sent, start_time, operation = 'chat' AND notEmpty(sent)) AS messages,
        argMaxIf(model, start_time, operation = 'chat' AND model != '') AS model,
        argMaxIf(finish_reasons, start_time, operation = 'chat' AND finish_reasons != '') AS finish_reasons
    FROM
    (
        SELECT
            s.trace_id AS trace_id, s.start_time AS start_time, toString(s.operation) AS operation, toString(s.model) AS model,
            toString(s.finish_reasons) AS finish_reasons,
            if(notEmpty(s.documents), s.documents, a.added_documents) AS found,
            if(notEmpty(s.documents), s.document_ids, a.added_document_ids) AS ids,
            multiIf(notEmpty(s.output), s.output, notEmpty(a.output), a.output, s.output_messages) AS result,
            if(notEmpty(s.system_instructions), s.system_instructions, a.system_instructions) AS instructions,
            if(notEmpty(s.input_messages), s.input_messages, a.input_messages) AS sent
        FROM
        (
            SELECT
                trace_id, span_id, start_time, operation, model, finish_reasons, documents, document_ids, output, output_messages,
                system_instructions, input_messages
            FROM spans
            WHERE project_id = {project:String}
                AND (start_minute, trace_id) IN
                (
                    SELECT minute, trace_id FROM trace_minutes
                    WHERE project_id = {project:String} AND trace_id IN {trace_ids:Array(String)}
                )
        ) AS s
        LEFT JOIN
        (
            SELECT
                trace_id, span_id,
                argMaxIf(documents, time, notEmpty(documents)) AS added_documents,
                argMaxIf(document_ids, time, notEmpty(documents)) AS added_document_ids,
                argMaxIf(output, time, notEmpty(output)) AS output,
                argMaxIf(system_instructions, time, notEmpty(system_instructions)) AS system_instructions,
                argMaxIf(input_messages, time, notEmpty(input_messages)) AS input_messages
            FROM span_additions
            WHERE project_id = {project:String}
                AND trace_id IN {trace_ids:Array(String)}
            GROUP BY trace_id, span_id
        ) AS a ON s.trace_id = a.trace_id AND s.span_id = a.span_id
    )
    GROUP BY trace_id
) AS s ON t.trace_id = s.trace_id
ORDER BY trace_id, hour
LIMIT {limit:UInt32}
