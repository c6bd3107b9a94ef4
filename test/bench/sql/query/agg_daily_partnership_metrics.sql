-- New deals and their value, day by day in the last year, by partnership type. Grain: one row a day and type.
SELECT date_key, partnership_type, sum(deals_created) AS created, sum(value_created) AS value
FROM agg_daily_partnership_metrics
WHERE date_key >= 20250601
GROUP BY date_key, partnership_type
HAVING created > 0
ORDER BY date_key, partnership_type
