-- Documents that were retrieved for nearly all traces of a feature within [start_ns, end_ns): of how many, on how many days.
-- The last retrieval or reranking of a trace counts: that is what went on to the prompt. Asked by storage.savings.
SELECT
    d.hash AS hash, d.name AS name, d.feature AS feature, d.traces AS traces, d.of_traces AS of_traces, d.days AS days,
    l.text AS text
FROM
(
    SELECT
        document.1 AS hash, any(document.2) AS name, feature, count() AS traces, any(of_traces) AS of_traces,
        uniqExact(day) AS days
    FROM
    (
        SELECT
            feature, day, of_traces,
            arrayJoin(arrayDistinct(arrayZip(found, arrayResize(ids, length(found))))) AS document
        FROM
        (
            SELECT feature, day, found, ids, count() OVER (PARTITION BY feature) AS of_traces
            FROM
            (
                SELECT
                    s.trace_id AS trace_id, any(t.feature) AS feature, min(toDate(s.start_minute)) AS day,
                    argMax(s.documents, s.start_time) AS found, argMax(s.document_ids, s.start_time) AS ids
                FROM
                (
                    SELECT trace_id, start_minute, start_time, documents, document_ids
                    FROM spans
                    WHERE project_id = {project:String}
                        AND start_minute >= toDateTime(intDiv({start_ns:Int64}, 1000000000), 'UTC')
                        AND start_minute < toDateTime(intDiv({end_ns:Int64}, 1000000000), 'UTC')
                        AND notEmpty(documents)
                ) AS s
                LEFT JOIN
                (
                    SELECT trace_id, feature
                    FROM traces FINAL
                    WHERE project_id = {project:String}
                        AND start_hour >= toDateTime(intDiv({start_ns:Int64}, 3600000000000) * 3600 - 86400, 'UTC')
                        AND start_hour <= toDateTime(intDiv({end_ns:Int64}, 3600000000000) * 3600, 'UTC')
                ) AS t ON s.trace_id = t.trace_id
                GROUP BY s.trace_id
            )
        )
    )
    GROUP BY hash, feature
    HAVING traces >= {least_traces:UInt32} AND traces >= {least_share:Float64} * of_traces AND days >= {least_days:UInt32}
) AS d
INNER JOIN
(
    SELECT hash, any(text) AS text
    FROM contents
    WHERE project_id = {project:String} AND kind = 'document'
    GROUP BY hash
) AS l ON d.hash = l.hash
ORDER BY traces DESC, hash, feature
LIMIT {limit:UInt32}
