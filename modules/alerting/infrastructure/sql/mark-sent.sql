-- Records that Slack holds the message. Without a fence: it is true whoever holds the message now.
-- $1 id uuid, $2 Slack's timestamp of the message text
UPDATE insights_ops.alert_outbox
SET status = 'sent', sent_at = clock_timestamp(), slack_ts = $2,
    next_attempt_at = NULL, error_class = NULL, error_code = NULL
WHERE id = $1 AND status <> 'sent';
