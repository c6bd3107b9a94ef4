-- Syncs of runs, by name. Grain: (run, sync). $1 uuid[] run ids
SELECT run_id, name, target, status, inserted, updated, deleted, unchanged, failed, held
FROM insights_ops.sync_runs
WHERE run_id = ANY ($1::uuid[])
ORDER BY run_id, name
