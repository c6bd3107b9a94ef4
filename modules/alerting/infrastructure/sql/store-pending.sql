-- Keeps messages that cannot be sent for want of a token. One that a process with a token has tried already is left
-- to such a process: a command line without the token must not take its messages away. No parameters.
UPDATE insights_ops.alert_outbox
SET status = 'stored'
WHERE status = 'pending' AND attempts = 0;
