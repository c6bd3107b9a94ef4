-- Change tables that a killed run left behind. Grain: table.
SELECT name FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'sync_changes_')
