-- Takes the lease of a sync when nobody holds it. Grain: the taken lease with the run that held it before (null when it was given back), or no row.
-- Parameters: 1 sync, 2 run id uuid, 3 seconds that it lasts. A writer's transaction locks the row: it is not free then, however late it is.
-- Tokens begin above every version that sync_state counted before there were leases.
WITH free AS (
  SELECT sync, run_id FROM insights_ops.sync_leases
  WHERE sync = $1 AND (expires_at IS NULL OR expires_at < clock_timestamp())
  FOR NO KEY UPDATE SKIP LOCKED
), taken AS (
  UPDATE insights_ops.sync_leases AS lease
  SET token = lease.token + 1, run_id = $2::uuid, expires_at = clock_timestamp() + make_interval(secs => $3)
  FROM free WHERE lease.sync = free.sync
  RETURNING lease.token, free.run_id AS before
), made AS (
  INSERT INTO insights_ops.sync_leases (sync, token, run_id, expires_at)
  VALUES ($1, 4294967296, $2::uuid, clock_timestamp() + make_interval(secs => $3))
  ON CONFLICT (sync) DO NOTHING
  RETURNING token
)
SELECT token, before FROM taken UNION ALL SELECT token, NULL FROM made
