-- The question of agg_lifecycle_momentum.sql over the facts.
SELECT t.lifecycle_stage AS lifecycle_stage, intDiv(m.date_key, 100) AS month_key, count() AS measured, sum(toInt64(m.signal_count)) AS signals
FROM fact_trend_metrics AS m
INNER JOIN dim_trend AS t ON t.trend_key = m.trend_key
GROUP BY lifecycle_stage, month_key
ORDER BY lifecycle_stage, month_key
