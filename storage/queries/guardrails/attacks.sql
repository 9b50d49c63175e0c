-- The texts that attacked in the traces that start in [start_ns, end_ns) and fit the filters: a row a text and place in it,
-- the most traces first. Counts, tenants, users, steps of `step_ns` and the rest are of [now_ns, end_ns), which is the part
-- that is asked about; what is before tells only that and when a text was seen. Of what came into a trace in one way one
-- text counts, whoever found it: that of our detector where it did. Times in nanoseconds; the newest traces by their ids.
-- Asked by storage.guardrails; analytics puts like texts together.
SELECT
    hash AS text_hash, place_of.1 AS place_start, place_of.2 AS place_length,
    toUnixTimestamp64Nano(min(start_time)) AS first_seen_ns, toUnixTimestamp64Nano(max(start_time)) AS last_seen_ns,
    countIf(is_now) AS traces, countIf(NOT is_now) AS traces_before,
    groupUniqArrayIf(200)(tenant_id, is_now AND tenant_id != '') AS tenants,
    groupUniqArrayIf(1000)(user_id, is_now AND user_id != '') AS users,
    sumMapIf(finders, arrayMap(x -> toUInt64(1), finders), is_now) AS found_by,
    sumMapIf([via], [toUInt64(1)], is_now) AS vias,
    groupUniqArrayIf(20)(carrier, is_now AND carrier != '') AS carriers,
    sumMapIf([toUInt32(intDiv(start_ns - {now_ns:Int64}, {step_ns:Int64}))], [toUInt64(1)], is_now) AS steps,
    groupArraySortedIf(100)((-start_ns, trace_id), is_now) AS newest
FROM
(
    SELECT
        argMin((text_hash, place), (source != 'groundwire', text_hash)) AS chosen, chosen.1 AS hash, chosen.2 AS place_of,
        trace_id, via, any(start_time) AS start_time, toUnixTimestamp64Nano(start_time) AS start_ns,
        start_ns >= {now_ns:Int64} AS is_now, any(tenant_id) AS tenant_id, any(user_id) AS user_id,
        groupUniqArray((source, guardrail)) AS finders, max(carrier) AS carrier
    FROM (${guardrails/found_texts})
    GROUP BY trace_id, via
)
GROUP BY hash, place_of
ORDER BY traces DESC, last_seen_ns DESC, hash
LIMIT {limit:UInt32}
