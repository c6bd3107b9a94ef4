-- Ends runs that say running and hold no lease, longer than a run may wait for one: their process died. The rows that
-- they did not confirm are a difference of the next run. Grain of the result: run and sync. Parameters: none
UPDATE insights_ops.sync_runs AS run
SET status = 'failed', finished_at = now(), reason = 'run_abandoned', error_class = 'transient', error_code = 'run_abandoned',
    error_message = 'The process that ran it ended before the run did.'
WHERE run.status = 'running' AND run.trigger <> 'pipeline' AND run.started_at < now() - interval '20 minutes'
  AND NOT EXISTS (
    SELECT FROM insights_ops.sync_leases AS lease
    WHERE lease.sync = run.name AND lease.run_id = run.run_id AND lease.expires_at > clock_timestamp()
  )
RETURNING run.run_id, run.name
