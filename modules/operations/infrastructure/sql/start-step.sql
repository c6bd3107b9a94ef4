-- Marks a step as running. Touches no row when the run is no longer ours.
-- FOR SHARE: a claim that commits while this waits for the step's row would otherwise not be seen.
-- $1 uuid run id, $2 integer attempt, $3 text step name
WITH run AS (
  SELECT id FROM insights_ops.pipeline_runs
  WHERE id = $1::uuid AND attempt = $2::integer AND status = 'running'
  FOR SHARE
)
UPDATE insights_ops.pipeline_steps AS step
SET status = 'running', started_at = clock_timestamp()
FROM run
WHERE step.run_id = run.id AND step.name = $3::text
