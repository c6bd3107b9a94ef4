-- Opens incidents; one that exists stays as it is. Grain: incident.
-- $1 jsonb array of {id, fingerprint, rule, subject, severity, evidence}, $2 now timestamptz
INSERT INTO insights_ops.alert_incidents
  (id, fingerprint, rule, subject, severity, state, opened_at, changed_at, evidence)
SELECT i.id, i.fingerprint, i.rule, i.subject, i.severity, 'firing', $2::timestamptz, $2::timestamptz, i.evidence
FROM jsonb_to_recordset($1::jsonb)
  AS i(id uuid, fingerprint text, rule text, subject text, severity text, evidence jsonb)
ON CONFLICT (fingerprint) DO NOTHING;
