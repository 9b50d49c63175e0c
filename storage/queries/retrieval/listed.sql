-- A set, for the questions about retrieval: what each trace was given to answer from, a row a trace that asked a retriever.
-- `listed` is of the last retrieval or reranking that found anything, as that is what went on to the prompt: the same as
-- evaluators are told. `data_source` is what was searched last.
SELECT trace_id, searched AS data_source, last.1 AS listed, last.2 AS names, last.3 AS told
FROM
(
    SELECT
        trace_id, argMaxIf(data_source, start_time, data_source != '') AS searched,
        argMaxIf((listed, names, told), start_time, notEmpty(listed)) AS last
    FROM (${retrieval/asked})
    GROUP BY trace_id
)
