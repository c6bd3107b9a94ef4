-- A run that waits for a worker. Grain: run and sync.
-- Parameters: $1 uuid run id, $2 text sync, $3 text target, $4 text trigger, $5 text requested by, $6 jsonb selection
INSERT INTO insights_ops.sync_runs (run_id, name, target, status, trigger, requested_by, request)
VALUES ($1::uuid, $2::text, $3::text, 'queued', $4::text, $5::text, $6::jsonb)
