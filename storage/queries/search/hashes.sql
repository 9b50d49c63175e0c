-- A set, for `hash IN (...)`: all contents that hold the words of a search, from the text index alone.
-- Part of searches for words that some thousand contents hold; no order and no limit, as it is a set.
SELECT hash
FROM contents
WHERE project_id = {project:String}
    /* filters */
