-- Raises a signal; one that lasts keeps its since. Grain: kind and subject.
-- Parameters: $1 text kind, $2 text subject, $3 text severity, $4 jsonb evidence, $5 timestamptz now
INSERT INTO insights_ops.signals AS signal (kind, subject, severity, state, since, evidence, updated_at)
VALUES ($1::text, $2::text, $3::text, 'active', $5::timestamptz, $4::jsonb, $5::timestamptz)
ON CONFLICT (kind, subject) DO UPDATE SET
  severity = excluded.severity, state = 'active', evidence = excluded.evidence, updated_at = excluded.updated_at,
  since = CASE signal.state WHEN 'active' THEN signal.since ELSE excluded.since END
