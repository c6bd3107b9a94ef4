-- The active signals of one kind: given ones are raised (since stays while they last), all others of the kind are cleared.
-- Grain: one row a kind and subject. Parameters: $1 kind text, $2 signals json [{subject, severity, evidence}], $3 now timestamptz
WITH given AS (
  SELECT subject, severity, evidence
  FROM jsonb_to_recordset($2::jsonb) AS s(subject text, severity text, evidence jsonb)
), cleared AS (
  UPDATE insights_ops.signals AS s
  SET state = 'cleared', since = $3::timestamptz, updated_at = $3::timestamptz
  WHERE s.kind = $1 AND s.state = 'active' AND s.subject NOT IN (SELECT subject FROM given)
)
INSERT INTO insights_ops.signals AS s (kind, subject, severity, state, since, evidence, updated_at)
SELECT $1, subject, severity, 'active', $3::timestamptz, evidence, $3::timestamptz
FROM given
ON CONFLICT (kind, subject) DO UPDATE
SET severity = excluded.severity,
    state = 'active',
    since = CASE WHEN s.state = 'active' THEN s.since ELSE excluded.since END,
    evidence = excluded.evidence,
    updated_at = excluded.updated_at
