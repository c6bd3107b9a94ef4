-- Marks a step as running. Touches no row when the run is no longer ours.
-- $1 uuid run id, $2 text step name
UPDATE insights_ops.pipeline_steps AS step
SET status = 'running', started_at = clock_timestamp()
FROM insights_ops.pipeline_runs AS run
WHERE run.id = step.run_id AND run.status = 'running' AND step.run_id = $1::uuid AND step.name = $2::text
