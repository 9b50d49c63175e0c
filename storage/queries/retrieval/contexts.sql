-- A set, for the questions about retrieval: each trace that starts in [start_ns, end_ns), fits the filters and asked a
-- retriever, with what it was given and what was made of it. `documents` has each text once, in the order of ranks: the
-- contexts as evaluators number them. `used` are the ranks, from 1 on, that hold the evidence of a supported claim, that is
-- of one with a probability of `supported` or more.
SELECT
    t.trace_id AS trace_id, t.start_time AS start_time, if(t.session_id != '', t.session_id, t.trace_id) AS cluster,
    toString(t.tenant_id) AS tenant_id, toString(t.feature) AS feature,
    if(t.prompt_version = '', '', concat(t.prompt_name, '@', t.prompt_version)) AS prompt_version,
    toString(t.environment) AS environment, arrayStringConcat(t.chat_models, ' + ') AS answered_by,
    l.data_source AS data_source, l.listed AS listed, l.names AS names, l.told AS told,
    arrayDistinct(l.listed) AS documents,
    j.weight AS weight, toString(j.label) AS label, j.is_answer AS is_answer, j.claims AS claims, j.relevance AS relevance,
    j.relevance_weight AS relevance_weight,
    arrayFilter(c -> c.1 >= {supported:Float64} AND c.2 >= 0, claims) AS upheld,
    arraySort(arrayDistinct(arrayMap(c -> c.2 + 1, arrayFilter(c -> c.2 < length(documents), upheld)))) AS used
FROM
(
    SELECT trace_id, start_time, session_id, tenant_id, feature, prompt_name, prompt_version, environment, chat_models
    FROM traces AS t FINAL
    WHERE project_id = {project:String}
        AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
        AND start_time >= fromUnixTimestamp64Nano({start_ns:Int64}, 'UTC')
        AND start_time < fromUnixTimestamp64Nano({end_ns:Int64}, 'UTC')
        AND hasAny(operations, ['retrieve', 'rerank'])
        /* filters */
) AS t
INNER JOIN (${retrieval/listed}) AS l ON t.trace_id = l.trace_id
LEFT JOIN (${retrieval/judged}) AS j ON t.trace_id = j.trace_id
