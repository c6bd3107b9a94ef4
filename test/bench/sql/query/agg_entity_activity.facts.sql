-- The question of agg_entity_activity.sql over the facts.
SELECT target_entity_key AS entity_key, count() AS attention
FROM fact_user_activity
WHERE activity_date_key >= 20250601 AND target_entity_key != 0
GROUP BY entity_key
ORDER BY attention DESC, entity_key
LIMIT 20
