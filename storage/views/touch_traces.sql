SELECT DISTINCT getSetting('insert_deduplication_token') AS segment, project_id, trace_id FROM ${source} WHERE trace_id != ''
