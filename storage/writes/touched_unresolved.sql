SELECT project_id, trace_id
FROM calls FINAL
WHERE project_id = {project:String} AND hour IN {hours:Array(DateTime)} AND now.price = 'unresolved'
