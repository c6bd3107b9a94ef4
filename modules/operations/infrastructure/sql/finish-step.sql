-- Stores how a step ended. Touches no row when the run is no longer ours; FOR SHARE as in start-step.
-- $1 uuid run id, $2 integer attempt, $3 text step name, $4 text status,
-- $5 bigint rows in, $6 bigint rows out, $7 bigint rejected,
-- $8 text error class (null), $9 text error code (null), $10 text error message (null), $11 jsonb detail
WITH run AS (
  SELECT id FROM insights_ops.pipeline_runs
  WHERE id = $1::uuid AND attempt = $2::integer AND status = 'running'
  FOR SHARE
)
UPDATE insights_ops.pipeline_steps AS step
SET status = $4::text, finished_at = CASE WHEN step.started_at IS NOT NULL THEN clock_timestamp() END,
    rows_in = $5::bigint, rows_out = $6::bigint, rejected = $7::bigint,
    error_class = $8::text, error_code = $9::text, error_message = $10::text, detail = $11::jsonb
FROM run
WHERE step.run_id = run.id AND step.name = $3::text
