-- A set, for the question about attacks: which texts of the traces of [start_ns, end_ns) attack. A row a trace, text and
-- finder; `place` is where in the text the attack stands: its first character and length, (0, 0) for all of it.
--
-- Our detector's finding is the text that decided about the trace; a planted instruction is the sentence, not the document
-- around it. The app's are the checks that said no (`fail`): what the check was given where its span has it, else the
-- trace's input, or its output for a check of outputs. Of what came by retrieval, `carrier` names the document or tool.
-- Asked by storage.guardrails.
SELECT
    t.trace_id AS trace_id, t.start_time AS start_time, t.tenant_id AS tenant_id, t.user_id AS user_id, f.source AS source,
    f.guardrail AS guardrail, f.text_hash AS text_hash, f.place AS place, f.via AS via, f.carrier AS carrier
FROM (${guardrails/traces}) AS t
INNER JOIN
(
    SELECT
        o.trace_id AS trace_id, 'groundwire' AS source, {detector:String} AS guardrail, o.text_hash AS text_hash, o.place AS place,
        multiIf(o.reads != 'retrieved', 'user', w.via = '', 'retrieved', w.via) AS via, w.carrier AS carrier
    FROM (${guardrails/found_by_detector}) AS o
    LEFT JOIN
    (
        SELECT trace_id, hash, argMin(via, start_time) AS via, argMin(carrier, start_time) AS carrier
        FROM
        (
            SELECT
                trace_id, start_time,
                arrayJoin(if(operation = 'execute_tool',
                    arrayMap(h -> (h, 'tool', toString(tool_name)), arrayConcat(output, output_messages)),
                    arrayMap((h, i) -> (h, 'document', i), documents, arrayResize(document_ids, length(documents))))) AS held,
                held.1 AS hash, held.2 AS via, held.3 AS carrier
            FROM spans
            WHERE project_id = {project:String}
                AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
                AND start_minute <= toDateTime(intDiv({reach_ns:Int64}, 60000000000) * 60, 'UTC')
                AND (operation = 'execute_tool' OR notEmpty(documents))
                AND trace_id IN (${guardrails/found_traces})
        )
        GROUP BY trace_id, hash
    ) AS w ON o.trace_id = w.trace_id AND o.text_hash = w.hash
    UNION ALL
    SELECT
        s.trace_id AS trace_id, 'app' AS source, s.guardrail AS guardrail,
        if(notEmpty(s.given), s.given[-1], if(s.of_output, t.output, t.input)[-1]) AS text_hash,
        (toUInt32(0), toUInt32(0)) AS place, if(s.of_output, 'answer', 'user') AS via, '' AS carrier
    FROM
    (
        SELECT
            trace_id, if(guardrail_name != '', toString(guardrail_name), toString(name)) AS guardrail,
            if(operation = 'guardrail', input, []) AS given,
            arrayExists(k -> match(lower(attributes_string[k]), 'output|post|response'),
                ['gen_ai.guardrail.target.type', 'litellm.guardrail.mode', 'guardrail_mode', 'guard.phase']) AS of_output
        FROM spans
        WHERE project_id = {project:String}
            AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 60000000000) * 60, 'UTC')
            AND start_minute <= toDateTime(intDiv({reach_ns:Int64}, 60000000000) * 60, 'UTC')
            AND guardrail_verdict = 'fail'
    ) AS s
    INNER JOIN (${guardrails/traces}) AS t ON s.trace_id = t.trace_id
) AS f ON t.trace_id = f.trace_id
WHERE f.text_hash != 0
