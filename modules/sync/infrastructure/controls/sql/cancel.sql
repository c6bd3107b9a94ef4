-- Asks the runs of a sync to stop: a queued one ends here, a running one when its worker next looks. Whose name stands
-- there already stays. Grain of the result: run. Parameters: $1 text sync, $2 text by, $3 timestamptz now
UPDATE insights_ops.sync_runs AS run
SET cancel_requested_at = coalesce(run.cancel_requested_at, $3::timestamptz),
    cancelled_by = coalesce(run.cancelled_by, $2::text),
    status = CASE run.status WHEN 'queued' THEN 'cancelled' ELSE run.status END,
    finished_at = CASE run.status WHEN 'queued' THEN $3::timestamptz ELSE run.finished_at END,
    reason = CASE run.status WHEN 'queued' THEN 'cancelled' ELSE run.reason END
FROM (
  SELECT run_id, status FROM insights_ops.sync_runs WHERE name = $1::text AND status IN ('queued', 'running') FOR UPDATE
) AS before
WHERE run.name = $1::text AND run.run_id = before.run_id
RETURNING run.run_id, before.status
