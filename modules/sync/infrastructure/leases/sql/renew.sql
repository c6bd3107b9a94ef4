-- Whether the lease is still this holder's; makes it last from now. Grain: one row. Parameters: 1 sync, 2 token, 3 seconds that it lasts, 4 run id.
-- While a write of this holder has the row locked nobody can take the lease, and there is nothing to renew.
WITH mine AS (
  SELECT sync FROM insights_ops.sync_leases WHERE sync = $1 AND token = $2 FOR NO KEY UPDATE SKIP LOCKED
), renewed AS (
  UPDATE insights_ops.sync_leases SET expires_at = clock_timestamp() + make_interval(secs => $3)
  WHERE sync IN (SELECT sync FROM mine)
)
SELECT EXISTS (SELECT FROM insights_ops.sync_leases WHERE sync = $1 AND token = $2) AS held,
  (SELECT cancelled_by FROM insights_ops.sync_runs WHERE run_id = $4 AND name = $1 AND cancel_requested_at IS NOT NULL) AS cancelled_by
