-- What was asked for, while the run has not ended. Grain: run and sync. Parameters: $1 uuid run id, $2 text sync
SELECT run_id, name, target, trigger, requested_by, request
FROM insights_ops.sync_runs
WHERE run_id = $1::uuid AND name = $2::text AND status IN ('queued', 'running')
