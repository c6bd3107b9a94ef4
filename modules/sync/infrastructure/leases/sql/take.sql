-- Takes the lease of a sync when nobody holds it. Grain: the taken lease, or no row. Parameters: 1 sync, 2 run id uuid, 3 seconds that it lasts.
-- Tokens begin above every version that sync_state counted before there were leases. A writer's transaction locks the row: the taker waits for its end.
INSERT INTO insights_ops.sync_leases AS lease (sync, token, run_id, expires_at)
VALUES ($1, 4294967296, $2, clock_timestamp() + make_interval(secs => $3))
ON CONFLICT (sync) DO UPDATE
  SET token = lease.token + 1, run_id = excluded.run_id, expires_at = clock_timestamp() + make_interval(secs => $3)
  WHERE lease.expires_at IS NULL OR lease.expires_at < clock_timestamp()
RETURNING token
