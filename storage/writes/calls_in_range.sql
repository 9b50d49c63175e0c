SELECT hour, count() AS calls
FROM calls FINAL
WHERE project_id = {project:String} AND hour >= {first:DateTime} AND hour < {end:DateTime64(9, 'UTC')}
GROUP BY hour
SETTINGS do_not_merge_across_partitions_select_final = 1
