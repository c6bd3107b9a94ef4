-- The open deals that sit longest beyond their threshold, worst first.
SELECT partnership_id, stage, days_in_stage, threshold_days, threshold_source, chance_30d
FROM insights.deal_health
WHERE severity <> 'ok'
ORDER BY days_in_stage::numeric / greatest(threshold_days, 1) DESC
LIMIT 20;
