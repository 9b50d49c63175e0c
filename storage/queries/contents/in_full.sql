-- Contents in full, by hash: `body` is the JSON as sent, '' where role and text say it all.
-- Asked by storage.contents for the spans of a trace.
SELECT hash, kind, role, text, body
FROM contents
WHERE project_id = {project:String}
    AND hash IN {hashes:Array(UInt128)}
ORDER BY hash
LIMIT 1 BY hash
LIMIT {limit:UInt32}
