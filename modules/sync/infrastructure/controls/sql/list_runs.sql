-- The latest runs of syncs, the newest first. Grain: run and sync.
-- Parameters: $1 text[] syncs, $2 integer how many of each, $3 uuid run id (null: any)
SELECT run.*
FROM unnest($1::text[]) AS wanted (name)
CROSS JOIN LATERAL (
  SELECT run_id, name, target, status, trigger, requested_by, created_at, started_at, finished_at, inserted, updated, deleted,
    unchanged, failed, held, reason, timings, error_class, error_code, error_message, cancel_requested_at, cancelled_by
  FROM insights_ops.sync_runs
  WHERE sync_runs.name = wanted.name AND ($3::uuid IS NULL OR run_id = $3::uuid)
  ORDER BY created_at DESC, run_id
  LIMIT $2::integer
) AS run
