-- A set, for other questions of this folder: the calls that count, each with the rates that hold for it (the last entry of
-- its price row that fits, as storage/costs/facts.py has it; places in `units` as in UNITS of storage/costs/prices.py).
SELECT
    p.*, toFloat64(rate.units[1]) AS input_rate, toFloat64(rate.units[2]) AS cache_read_rate,
    toFloat64(rate.units[3]) AS cache_write_5m_rate, toFloat64(rate.units[4]) AS cache_write_1h_rate,
    toFloat64(rate.units[5]) AS output_rate
FROM
(
    SELECT
        c.*,
        arrayLast(
            p -> p.since <= start_time AND p.least_input_tokens <= input_tokens
                AND (p.from_second = p.to_second
                    OR if(p.from_second < p.to_second,
                        toUInt32(toUnixTimestamp(start_time) % 86400) >= p.from_second
                            AND toUInt32(toUnixTimestamp(start_time) % 86400) < p.to_second,
                        toUInt32(toUnixTimestamp(start_time) % 86400) >= p.from_second
                            OR toUInt32(toUnixTimestamp(start_time) % 86400) < p.to_second)),
            periods) AS rate
    FROM (${savings/counted}) AS c
    LEFT JOIN
    (
        SELECT provider, request_model, response_model, service_tier, processing, periods
        FROM prices FINAL
        WHERE project_id = {project:String}
    ) AS p USING (provider, request_model, response_model, service_tier, processing)
) AS p
