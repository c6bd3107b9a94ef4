-- Ends runs that say running and hold no lease: their process died. A run of the pipeline goes with its pipeline run, which has
-- an end of its own; any other is given as long as a run may wait for a lease. The rows that they did not confirm are a
-- difference of the next run. Grain of the result: run and sync. Parameters: none
UPDATE insights_ops.sync_runs AS run
SET status = 'failed', finished_at = now(), reason = 'run_abandoned', error_class = 'transient', error_code = 'run_abandoned',
    error_message = 'The process that ran it ended before the run did.'
WHERE run.status = 'running'
  AND CASE run.trigger
    WHEN 'pipeline' THEN NOT EXISTS (
      SELECT FROM insights_ops.pipeline_runs AS pipeline
      WHERE pipeline.id = run.run_id AND pipeline.status IN ('queued', 'running')
    )
    ELSE run.started_at < now() - interval '20 minutes'
  END
  AND NOT EXISTS (
    SELECT FROM insights_ops.sync_leases AS lease
    WHERE lease.sync = run.name AND lease.run_id = run.run_id AND lease.expires_at > clock_timestamp()
  )
RETURNING run.run_id, run.name
