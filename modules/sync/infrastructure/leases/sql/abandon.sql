-- Ends what is still said to run although its process no longer holds the lease. Grain: run. Parameters: 1 sync, 2 run id of the holder.
UPDATE insights_ops.sync_runs SET status = 'failed', error_class = 'transient', error_code = 'run_abandoned',
  error_message = 'The process that ran it ended, or lost its connection, before it could say how it went.', reason = 'run_abandoned', finished_at = now()
WHERE name = $1 AND run_id <> $2 AND status = 'running'
  -- A run begins before it waits for the lease: one that began lately may be waiting.
  AND started_at < (SELECT min(started_at) FROM insights_ops.sync_runs WHERE name = $1 AND run_id = $2)
