-- Calls with what they cost, from `call_rows`: the rate that holds, what each unit costs at it, which price counts. Each
-- step is a subquery of its own, because an alias is worked out again wherever it is used.
SELECT
    *,
    ${components},
    -- a cost that the span reports itself, or that is paid by the hour, has no components
    multiIf(price = 'reported', assumeNotNull(reported),
        price = 'gpu', ${gpu_cost},
        arraySum(costs)) AS cost_usd,
    arraySum(list_costs) AS list_cost_usd,
    if(empty(costs) OR cache_read_tokens + cache_write_tokens = 0, toDecimal128(0, 12),
        toDecimal128(round((cache_read_tokens + cache_write_tokens) * rate.units[1], 12), 12)
            - cache_read_cost_usd - cache_write_cost_usd) AS cache_savings_usd
FROM
(
    SELECT
        *,
        if(price IN ('own', 'list', 'gpu'), rate.name, '') AS price_name,
        if(price IN ('own', 'list'), ${costs}, []) AS costs,
        ${list_costs} AS list_costs
    FROM
    (
        SELECT *, ${quantities} AS quantities, ${price} AS price
        FROM (SELECT *, ${rate} AS rate, ${list_rate} AS list_rate FROM call_rows)
    )
)
