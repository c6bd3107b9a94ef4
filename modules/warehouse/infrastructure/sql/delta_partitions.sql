-- Versions whose changes are kept. Grain: one row a delta table and version.
-- Parameters: names Array(String)
SELECT DISTINCT table, partition_id, toUInt64(partition) AS version
FROM system.parts
WHERE database = currentDatabase() AND active AND table IN {names: Array(String)}
