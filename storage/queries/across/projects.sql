-- Every project that ever sent anything, by name. One of the two questions across projects: whoever asks has to check
-- which of them a person may see. Asked by storage.projects.
SELECT DISTINCT project_id
FROM ledger
WHERE project_id != ''
ORDER BY project_id
LIMIT {limit:UInt32}
