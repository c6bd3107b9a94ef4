-- The question of agg_cycle_time.sql over the facts.
SELECT toString(partnership_type) AS kind, step.1 AS phase, toUInt32(count()) AS n, quantileExactInclusive(0.5)(assumeNotNull(step.2)) AS median_days
FROM (
  SELECT partnership_type, arrayJoin([('created_to_signed', days_to_signed), ('created_to_active', days_to_active)]) AS step
  FROM fact_partnerships
  WHERE NOT is_deleted
)
WHERE step.2 IS NOT NULL
GROUP BY kind, phase
ORDER BY kind, phase
