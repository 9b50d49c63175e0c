-- What an evaluator's version said under some keys. Asked by storage.evaluators.
SELECT key, score, label, explanation, details, cost_usd
FROM verdicts
WHERE project_id = {project:String}
    AND evaluator = {evaluator:String}
    AND version = {version:String}
    AND key IN {keys:Array(UInt128)}
ORDER BY key, at DESC
LIMIT 1 BY key
LIMIT {limit:UInt32}
