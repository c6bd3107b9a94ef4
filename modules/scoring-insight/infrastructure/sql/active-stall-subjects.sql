-- Deals whose stall signal is active, with the stage visit it tells of (Postgres). Grain: one row a partnership.
SELECT subject, evidence->>'stage' AS stage, (evidence->>'stageVisit')::int AS stage_visit
FROM insights_ops.signals
WHERE kind = 'deal_stalled' AND state = 'active'
ORDER BY subject
