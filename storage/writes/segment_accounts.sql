-- What became of the inserts of one segment, per project.
SELECT project_id, sum(accepted), sum(stored), sum(quarantined)
FROM ledger
WHERE segment IN {segments:Array(String)} AND signal = {signal:String}
GROUP BY project_id
