-- Deals that are stalled now (Postgres), the longest first. Grain: one row a partnership.
-- Parameters: $1 int limit.
SELECT severity, since, evidence
FROM insights_ops.signals
WHERE kind = 'deal_stalled' AND state = 'active'
ORDER BY (evidence->>'daysInStage')::int DESC, subject
LIMIT $1::int
