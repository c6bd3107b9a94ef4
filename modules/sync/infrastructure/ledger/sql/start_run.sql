-- A run of one sync begins, or begins again after its process ended. Grain: run and sync.
-- Parameters: 1 run id uuid, 2 name, 3 target, 4 trigger, 5 requested by.
INSERT INTO insights_ops.sync_runs (run_id, name, target, status, trigger, requested_by, started_at)
VALUES ($1, $2, $3, 'running', $4, $5, now())
ON CONFLICT (run_id, name) DO UPDATE SET status = 'running', target = excluded.target, started_at = now(), finished_at = NULL
