-- How one sync ended in one run. Grain: run and sync.
-- Parameters: 1 run id uuid, 2 name, 3 status, 4 inserted, 5 updated, 6 deleted, 7 unchanged, 8 failed, 9 held, 10 reason, 11 timings json,
-- 12 error class, 13 error code, 14 error message ('' for none). Every attempt stays in the warehouse's history.
UPDATE insights_ops.sync_runs SET
  status = $3, inserted = $4, updated = $5, deleted = $6, unchanged = $7, failed = $8, held = $9, reason = nullif($10, ''), timings = $11,
  error_class = nullif($12, ''), error_code = nullif($13, ''), error_message = nullif($14, ''), finished_at = now()
WHERE run_id = $1 AND name = $2
RETURNING started_at, trigger, requested_by
