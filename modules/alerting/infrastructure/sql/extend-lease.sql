-- Renews the lease of a message that this worker still holds; touches no row when another has taken it over.
-- $1 id uuid, $2 attempts integer (fencing token), $3 lease in seconds double precision
UPDATE insights_ops.alert_outbox
SET next_attempt_at = clock_timestamp() + make_interval(secs => $3)
WHERE id = $1 AND attempts = $2 AND status = 'sending';
