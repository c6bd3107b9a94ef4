-- Stages that a killed process left behind: nobody fills one for a day. Grain: one row a table. No parameters.
SELECT name
FROM system.tables
WHERE database = currentDatabase() AND startsWith(name, 'stage_') AND metadata_modification_time < now() - INTERVAL 1 DAY
