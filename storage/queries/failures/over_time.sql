-- How many traces of each step of the window failed, and for which cause; steps of `step_ns`, counted from its start.
-- Steps without traces are left out. Asked by storage.failures.over_time.
SELECT
    intDiv(toUnixTimestamp64Nano(start_time) - {start_ns:Int64}, {step_ns:Int64}) AS place, count() AS traces,
    sumMapIf([causes[1].1], [toUInt64(1)], notEmpty(causes)) AS failed
FROM (${failures/found})
GROUP BY place
ORDER BY place
LIMIT {limit:UInt32}
