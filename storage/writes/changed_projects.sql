SELECT DISTINCT project_id FROM changed_hours ORDER BY project_id
