-- The newest messages, single ones before digests of the same instant. Grain: message. $1 limit integer
SELECT o.id, o.transition, o.channel, o.status, o.payload, o.attempts, o.error_code, o.created_at, o.sent_at
FROM insights_ops.alert_outbox AS o
ORDER BY o.created_at DESC, o.incident_id IS NULL, o.id
LIMIT $1;
