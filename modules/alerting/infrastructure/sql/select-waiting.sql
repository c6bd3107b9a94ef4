-- How many messages wait, and milliseconds until the first of them may be claimed (null when none waits): its own
-- delay, the delays of its channel, and one second after the channel's last message. Grain: one row. No parameters.
WITH channels AS (
  SELECT channel,
         count(*) FILTER (WHERE status IN ('pending', 'sending')) AS messages,
         greatest(max(next_attempt_at) FILTER (WHERE status IN ('pending', 'sending')),
                  max(sent_at) + interval '1 second') AS free_at
  FROM insights_ops.alert_outbox
  WHERE channel IN (SELECT channel FROM insights_ops.alert_outbox WHERE status IN ('pending', 'sending'))
  GROUP BY channel
)
SELECT coalesce(sum(messages), 0)::integer AS count,
       -- greatest() passes over nulls: without the CASE "none waits" would read "at once"
       CASE WHEN count(*) > 0 THEN
         ceil(greatest(0, extract(epoch FROM min(coalesce(free_at, clock_timestamp())) - clock_timestamp()) * 1000))
       END::integer AS next_in_ms
FROM channels;
