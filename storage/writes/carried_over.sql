-- The account of all inserts but those of the segments that are still in the spool, whose names start their tokens.
SELECT signal, project_id, sum(accepted), sum(rejected), sum(stored), sum(quarantined)
FROM ledger
WHERE splitByChar(':', segment)[1] NOT IN {without:Array(String)}
GROUP BY signal, project_id
