-- How long until deals are signed and active, by partnership type? Grain: one row a type and phase.
SELECT dimension_value AS kind, phase, n, median_days
FROM agg_cycle_time
WHERE scope = 'platform' AND dimension = 'partnership_type' AND phase IN ('created_to_signed', 'created_to_active')
ORDER BY kind, phase
