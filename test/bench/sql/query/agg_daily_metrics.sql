-- On which days of ten years did the busiest entity begin deals, and of what value? Grain: one row a day.
SELECT date_key, sum(deals_created) AS created, sum(value_created) AS value
FROM agg_daily_metrics
WHERE dimension = 'entity' AND dimension_value = (SELECT toString(entity_id) FROM agg_success_roi ORDER BY deals DESC, entity_id LIMIT 1)
GROUP BY date_key
HAVING created > 0
ORDER BY date_key
