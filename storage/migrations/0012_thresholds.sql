-- The thresholds that projects set for evaluators, as the control database has them (it is where they are changed), so that
-- every question can say what a threshold makes of a score. None where one was taken back. Of each the latest `at` counts:
-- when it was set.
CREATE TABLE IF NOT EXISTS thresholds ${on_cluster}
(
    project_id LowCardinality(String),
    name LowCardinality(String),
    threshold Nullable(Float64),
    at DateTime64(6, 'UTC')
)
ENGINE = ${replacing_merge_tree_at}
ORDER BY (project_id, name)
SETTINGS ${durable};
