-- Cost calls anew: `next` is what they cost now, beside `now`, which is what counts so far; only where they differ. A row
-- keeps the version of the one that it replaces, so that a call that is settled meanwhile wins; but not one whose GPU time
-- is shared meanwhile, because that is done again after this.
INSERT INTO calls (${columns}, settled_at, reported_cost_usd, now, next, next_costing)
WITH call_rows AS (${call_rows})
SELECT
    ${columns}, settled_at + toIntervalMicrosecond(2) AS settled_at, reported AS reported_cost_usd,
    before AS now, tuple(${facts}) AS next, {costing:UInt64} AS next_costing
FROM (${priced_calls})
WHERE start_time >= {start:DateTime64(9, 'UTC')} AND start_time < {end:DateTime64(9, 'UTC')} AND next != before
SETTINGS enable_materialized_cte = 1
