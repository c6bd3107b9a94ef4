-- Ends a run that never began. No row when it began, or ended, meanwhile.
-- Grain of the result: the run.
-- $1 uuid run id, $2 text status, $3 text error class, $4 text error code, $5 text error message
WITH run AS (
  UPDATE insights_ops.pipeline_runs
  SET status = $2::text, finished_at = clock_timestamp(),
      error_class = $3::text, error_code = $4::text, error_message = $5::text
  WHERE id = $1::uuid AND status = 'queued'
  RETURNING id
), steps AS (
  UPDATE insights_ops.pipeline_steps AS step
  SET status = 'skipped', error_class = $3::text, error_code = $4::text, error_message = $5::text
  FROM run WHERE step.run_id = run.id
)
SELECT id FROM run
