-- The traces of one session in order of time; `input` and `output` are hashes of contents.
-- Asked by storage.sessions.session_turns.
SELECT
    trace_id, toUnixTimestamp64Nano(start_time) AS start_time_unix_nano, duration_ns, name, status, error_type,
    models, tools, total_tokens, cost_usd, input, output
FROM traces FINAL
WHERE project_id = {project:String}
    AND session_id = {session_id:String}
    AND (toUnixTimestamp64Nano(start_time), trace_id) > ({after:Int64}, {after_id:String})
ORDER BY start_time_unix_nano, trace_id
LIMIT {limit:UInt32}
