-- Sets severity and evidence of open incidents. Grain: incident.
-- $1 jsonb array of {id, severity, evidence}, $2 now timestamptz
UPDATE insights_ops.alert_incidents AS t
SET severity = i.severity, evidence = i.evidence, changed_at = $2::timestamptz
FROM jsonb_to_recordset($1::jsonb) AS i(id uuid, severity text, evidence jsonb)
WHERE t.id = i.id AND t.state <> 'resolved';
