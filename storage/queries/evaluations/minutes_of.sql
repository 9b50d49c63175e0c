-- A set, for `start_minute IN (...)`: the minutes in which traces that were judged have spans. Part of the questions
-- about spans; no order and no limit, as it is a set.
SELECT minute
FROM trace_minutes
WHERE project_id = {project:String}
    /* filters */
