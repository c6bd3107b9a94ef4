-- The question of agg_trend_momentum.sql over the facts.
SELECT toString(t.trend_id) AS trend, sum(toInt64(m.signal_count)) AS signals
FROM fact_trend_metrics AS m
INNER JOIN dim_trend AS t ON t.trend_key = m.trend_key
WHERE m.date_key >= 20260301
GROUP BY trend
ORDER BY signals DESC, trend
LIMIT 20
