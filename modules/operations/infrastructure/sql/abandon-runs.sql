-- Ends runs that a dead process left behind: running ones, since only the holder of the run lock calls this, and
-- queued ones older than any queue or caller waits. The run about to start is spared.
-- Grain of the result: ended run. $1 uuid run about to start, $2 integer seconds a queued run may wait
WITH run AS (
  UPDATE insights_ops.pipeline_runs
  SET status = 'failed', finished_at = clock_timestamp(), error_class = 'transient', error_code = 'run_abandoned',
      error_message = 'The process that ran it ended before the run did.'
  WHERE id <> $1::uuid
    AND (status = 'running' OR (status = 'queued' AND created_at < clock_timestamp() - make_interval(secs => $2::integer)))
  RETURNING id
), steps AS (
  UPDATE insights_ops.pipeline_steps AS step
  SET status = CASE step.status WHEN 'running' THEN 'failed' ELSE 'skipped' END,
      finished_at = CASE step.status WHEN 'running' THEN clock_timestamp() END,
      error_class = 'transient', error_code = 'run_abandoned',
      error_message = 'The process that ran it ended before the run did.'
  FROM run WHERE step.run_id = run.id AND step.status IN ('queued', 'running')
)
SELECT id FROM run
