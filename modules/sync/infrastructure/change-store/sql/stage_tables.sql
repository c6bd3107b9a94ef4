-- Tables that runs of syncs left behind. Grain: table.
SELECT name, comment FROM system.tables WHERE database = currentDatabase() AND startsWith(name, 'sync_stage_')
