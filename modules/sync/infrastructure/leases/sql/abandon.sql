-- Ends the run whose lease ran out: its process ended, or stands still and will write nothing more. Grain: run. Parameters: 1 sync, 2 run id.
UPDATE insights_ops.sync_runs SET status = 'failed', error_class = 'transient', error_code = 'run_abandoned',
  error_message = 'The process that ran it ended before the run did.', reason = 'run_abandoned', finished_at = now()
WHERE name = $1 AND run_id = $2 AND status = 'running'
