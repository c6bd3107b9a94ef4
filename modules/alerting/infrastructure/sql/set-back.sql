-- Records why a message is not sent and when to try again. Touches no row when another worker has taken it over.
-- $1 id uuid, $2 attempts integer (fencing token), $3 status text, $4 seconds until the next attempt double precision
-- (null: none), $5 error class text, $6 error code text
UPDATE insights_ops.alert_outbox
SET status = $3, next_attempt_at = clock_timestamp() + make_interval(secs => $4), error_class = $5, error_code = $6
WHERE id = $1 AND attempts = $2 AND status = 'sending';
