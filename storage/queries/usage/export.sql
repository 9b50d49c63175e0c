-- The rows of figures.sql without its totals, as a table for others. Asked by storage.costs.usage_export.
SELECT ${shown}
FROM (${figures})
WHERE NOT is_total AND NOT is_group
ORDER BY place, step
LIMIT {most_rows:UInt32}
