-- Who got the most attention in the last year? Grain: one row an entity version, the first 20.
SELECT entity_key, sum(activities) AS attention
FROM agg_entity_activity
WHERE month_key >= 202506
GROUP BY entity_key
ORDER BY attention DESC, entity_key
LIMIT 20
