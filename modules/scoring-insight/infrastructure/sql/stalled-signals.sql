-- Stalled deals into insights_ops.signals (Postgres): new and changed ones become active, those no longer stalled cleared.
-- An unchanged row is not written again: alert rules and the second run of a day rely on it.
-- Parameters: $1 jsonb [{subject, severity, since, evidence}] raised, $2 jsonb [{subject, evidence}] cleared (evidence is
-- added to what was known), $3 timestamptz as_of.
WITH raised AS (
  INSERT INTO insights_ops.signals AS known (kind, subject, severity, state, since, evidence, updated_at)
  SELECT 'deal_stalled', subject, severity, 'active', since, evidence, $3::timestamptz
  FROM jsonb_to_recordset($1::jsonb) AS s(subject text, severity text, since timestamptz, evidence jsonb)
  ON CONFLICT (kind, subject) DO UPDATE
    SET severity = excluded.severity, state = excluded.state, since = excluded.since, evidence = excluded.evidence,
        updated_at = excluded.updated_at
    WHERE (known.severity, known.state, known.since, known.evidence)
      IS DISTINCT FROM (excluded.severity, excluded.state, excluded.since, excluded.evidence)
  RETURNING 1
),
cleared AS (
  UPDATE insights_ops.signals AS known
  SET state = 'cleared', evidence = known.evidence || gone.evidence, updated_at = $3::timestamptz
  FROM jsonb_to_recordset($2::jsonb) AS gone(subject text, evidence jsonb)
  WHERE known.kind = 'deal_stalled' AND known.state = 'active' AND known.subject = gone.subject
  RETURNING 1
)
SELECT (SELECT count(*)::int FROM raised) AS raised, (SELECT count(*)::int FROM cleared) AS cleared
