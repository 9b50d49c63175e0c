-- Not as rows of an insert: those that say the same as earlier ones would be dropped as sent again.
INSERT INTO changed_hours SELECT {project:String} AS project_id, arrayJoin({hours:Array(DateTime)}) AS hour, 1 AS changes
