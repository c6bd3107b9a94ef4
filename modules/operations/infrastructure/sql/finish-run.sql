-- Ends a running run: its error is that of its first step that has one, its alert figures are those of the alert step.
-- Touches no row when the run is no longer ours.
-- $1 uuid run id, $2 integer attempt, $3 text status
UPDATE insights_ops.pipeline_runs AS run
SET status = $3::text, finished_at = clock_timestamp(),
    (error_class, error_code, error_message) = (
      SELECT error_class, error_code, error_message FROM insights_ops.pipeline_steps
      WHERE run_id = run.id AND error_code IS NOT NULL ORDER BY position LIMIT 1
    ),
    alerts = coalesce((
      SELECT detail -> 'alerts' FROM insights_ops.pipeline_steps WHERE run_id = run.id AND name = 'alert'
    ), '{}')
WHERE id = $1::uuid AND attempt = $2::integer AND status = 'running'
