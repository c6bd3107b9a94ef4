-- Takes a run for execution, from its first step: a queued one, one whose process died while it ran, or one that was
-- taken for abandoned although it still waited its turn. No row when the run has ended; one that had begun and was
-- abandoned stays so, because a newer run, on a later as_of, has taken its place.
-- Only the holder of the run lock calls this; the lock makes "running" mean "its process died, or lost the lock". The
-- raised attempt fences off the latter: everything it writes from now on touches no row.
-- What the syncs of an earlier attempt did is forgotten with its steps: each ledger shows the last attempt.
-- Grain of the result: the run. $1 uuid run id
WITH run AS (
  UPDATE insights_ops.pipeline_runs
  SET status = 'running', attempt = attempt + 1, started_at = coalesce(started_at, clock_timestamp()), finished_at = NULL,
      error_class = NULL, error_code = NULL, error_message = NULL, alerts = '{}'
  WHERE id = $1::uuid
    AND (status IN ('queued', 'running') OR (status = 'failed' AND error_code = 'run_abandoned' AND started_at IS NULL))
  RETURNING id, as_of, attempt
), steps AS (
  UPDATE insights_ops.pipeline_steps AS step
  SET status = 'queued', started_at = NULL, finished_at = NULL, rows_in = 0, rows_out = 0, rejected = 0,
      error_class = NULL, error_code = NULL, error_message = NULL, detail = '{}'
  FROM run WHERE step.run_id = run.id
), syncs AS (
  DELETE FROM insights_ops.sync_runs AS sync USING run WHERE sync.run_id = run.id
)
SELECT id, as_of, attempt FROM run
