-- How many ways of naming a model have a price row.
SELECT count() FROM prices FINAL WHERE project_id = {project:String}
