INSERT INTO costings SELECT {project:String} AS project_id, {costing:UInt64} AS id, {state:String} AS state, now64(6) AS at
