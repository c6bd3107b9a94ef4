-- How many deals did the tenant of the busiest entity win with each tier, month by month? Grain: one row a month and tier.
SELECT toString(month) AS month, dimension_value AS tier, deals_won AS won
FROM agg_monthly_metrics
WHERE dimension = 'tier' AND tenant_id = (SELECT tenant_id FROM agg_success_roi ORDER BY deals DESC, entity_id LIMIT 1) AND deals_won > 0
ORDER BY month, tier
