SELECT project_id, trace_id FROM touched_traces WHERE segment IN {segments:Array(String)}
