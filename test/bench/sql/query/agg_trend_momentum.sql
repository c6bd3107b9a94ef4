-- Which trends had the most signals in the last quarter? Grain: one row a trend, the first 20.
SELECT toString(trend_id) AS trend, sum(signal_count) AS signals
FROM agg_trend_momentum
WHERE date_key >= 20260301
GROUP BY trend
ORDER BY signals DESC, trend
LIMIT 20
