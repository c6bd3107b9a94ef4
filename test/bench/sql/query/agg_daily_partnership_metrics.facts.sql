-- The question of agg_daily_partnership_metrics.sql over the facts.
SELECT created_date_key AS date_key, partnership_type, count() AS created, ifNull(sum(deal_value_reporting), 0) AS value
FROM fact_partnerships
WHERE NOT is_deleted AND created_date_key >= 20250601
GROUP BY date_key, partnership_type
ORDER BY date_key, partnership_type
