-- What each value of several dimensions, alone and in pairs, cost in one window and in another: calls with a price, and
-- USD. `shape` has a bit for each dimension that a row does not tell apart, the first dimension the highest. Of each
-- shape those with the largest change. Asked by storage.costs.movers.
SELECT
    grouping(${dimensions}) AS shape, ${dimensions},
    sumIf(requests - unpriced_requests, step = {before:UInt32}) AS requests_before,
    sumIf(requests - unpriced_requests, step = {now:UInt32}) AS requests_now,
    sumIf(cost_usd, step = {before:UInt32}) AS cost_before,
    sumIf(cost_usd, step = {now:UInt32}) AS cost_now,
    sumIf(unpriced_requests, step = {before:UInt32}) AS unpriced_before,
    sumIf(unpriced_requests, step = {now:UInt32}) AS unpriced_now
FROM (${rows})
GROUP BY GROUPING SETS (${sets})
HAVING requests_before + requests_now + unpriced_before + unpriced_now > 0
ORDER BY shape, abs(cost_now - cost_before) DESC, ${dimensions}
LIMIT {limit:UInt32} BY shape
