-- In which hours a costing found another cost.
SELECT DISTINCT hour
FROM calls
WHERE project_id = {project:String} AND hour IN {hours:Array(DateTime)} AND next_costing = {costing:UInt64}
