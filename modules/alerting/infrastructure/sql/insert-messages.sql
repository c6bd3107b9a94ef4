-- Queues messages; one that is known by its dedup_key stays as it is. Grain: message.
-- $1 jsonb array of {id, incident_id, transition, channel, dedup_key, payload}, $2 now timestamptz
INSERT INTO insights_ops.alert_outbox (id, incident_id, transition, channel, dedup_key, status, payload, created_at)
SELECT m.id, m.incident_id, m.transition, m.channel, m.dedup_key, 'pending', m.payload, $2::timestamptz
FROM jsonb_to_recordset($1::jsonb)
  AS m(id uuid, incident_id uuid, transition text, channel text, dedup_key text, payload jsonb)
ON CONFLICT (dedup_key) DO NOTHING;
