-- Some of the contents that hold the words of a search: up to `limit` hashes, in no order (the first that the text
-- index yields). Tells a rare word from a common one. Asked by storage.search.
SELECT hash
FROM contents
WHERE project_id = {project:String}
    /* filters */
LIMIT {limit:UInt32}
