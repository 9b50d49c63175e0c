-- What was accepted, rejected, stored and set aside since the beginning, by project and signal. One of the two
-- questions across projects. Asked by storage.accounts.
SELECT
    project_id, signal, sum(accepted) AS accepted_rows, sum(rejected) AS rejected_rows, sum(stored) AS stored_rows,
    sum(quarantined) AS quarantined_rows
FROM ledger
GROUP BY project_id, signal
ORDER BY project_id, signal
LIMIT {limit:UInt32}
