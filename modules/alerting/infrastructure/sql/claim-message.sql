-- Takes the oldest due message of a free channel: pending, or sending past its lease (its worker died, or Slack never
-- answered). A channel is free when no message of it is under way or waits out a delay, and none was sent within the
-- last second, which is Slack's limit. Grain: zero or one message. $1 lease in seconds double precision
WITH due AS (
  SELECT o.id, o.status = 'sending' AS uncertain
  FROM insights_ops.alert_outbox AS o
  WHERE o.status IN ('pending', 'sending')
    AND (o.next_attempt_at IS NULL OR o.next_attempt_at <= clock_timestamp())
    AND NOT EXISTS (
      SELECT FROM insights_ops.alert_outbox AS other
      WHERE other.channel = o.channel
        AND ((other.status IN ('pending', 'sending') AND other.next_attempt_at > clock_timestamp())
          OR other.sent_at > clock_timestamp() - interval '1 second')
    )
  ORDER BY o.created_at, o.id
  LIMIT 1
  FOR UPDATE SKIP LOCKED
)
UPDATE insights_ops.alert_outbox AS o
SET status = 'sending',
    attempts = o.attempts + 1,
    first_attempt_at = coalesce(o.first_attempt_at, clock_timestamp()),
    next_attempt_at = clock_timestamp() + make_interval(secs => $1)
FROM due
WHERE o.id = due.id
RETURNING o.id, o.channel, o.dedup_key, o.payload, o.attempts, due.uncertain, o.first_attempt_at;
