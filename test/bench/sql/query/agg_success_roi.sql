-- Which entities won the most, and how often? Grain: one row an entity, the first 20.
SELECT toString(entity_id) AS entity, deals_won, deals_lost, round(win_rate, 9) AS rate
FROM agg_success_roi
ORDER BY deals_won DESC, entity
LIMIT 20
