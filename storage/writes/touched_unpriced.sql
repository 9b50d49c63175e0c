-- Traces with a call that had no price and has one now.
SELECT project_id, trace_id
FROM (SELECT *, ${price} AS new_price FROM (SELECT *, ${rate} AS rate FROM (${stored_calls})))
WHERE before.price = 'unpriced' AND new_price NOT IN ('unpriced', 'unresolved')
