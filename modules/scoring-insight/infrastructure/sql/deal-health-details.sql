-- What the latest run knows of some open deals beside the columns of insights.deal_health. Grain: one row a partnership.
-- Parameters: partnership_ids Array(UUID).
SELECT partnership_id, stage, days_in_stage, critical_days, chance_at_entry, expected_loss, currency, partnership_type, peer_level
FROM insight_deal_health
WHERE partnership_id IN {partnership_ids: Array(UUID)}
ORDER BY partnership_id
