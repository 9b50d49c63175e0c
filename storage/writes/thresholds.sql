-- The thresholds of all projects as they were set last, those that were taken back (null) included.
SELECT project_id, name, threshold, toUnixTimestamp64Micro(at) AS set_us
FROM thresholds FINAL
ORDER BY project_id, name
