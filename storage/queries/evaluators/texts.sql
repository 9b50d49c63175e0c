-- Readable texts of contents, cut to `length` characters, and who said them. Asked by storage.evaluators.
SELECT hash, role, substringUTF8(text, 1, {length:UInt32}) AS text
FROM contents
WHERE project_id = {project:String}
    AND hash IN {hashes:Array(UInt128)}
ORDER BY hash
LIMIT 1 BY hash
LIMIT {limit:UInt32}
