-- Ends a run that never began. Grain: run and sync.
-- Parameters: $1 uuid run id, $2 text sync, $3 text error class, $4 text error code, $5 text error message
UPDATE insights_ops.sync_runs
SET status = 'failed', reason = $4::text, error_class = $3::text, error_code = $4::text, error_message = $5::text, finished_at = now()
WHERE run_id = $1::uuid AND name = $2::text AND status = 'queued'
