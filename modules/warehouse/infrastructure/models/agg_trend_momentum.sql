-- Grain: one row per trend version and day. momentum_avg is the mean of the day's measurements (a decimal
-- sum, so that it does not depend on the order of rows), engagement_total the day's highest.
SELECT
  trend_key,
  date_key,
  avg(momentum_score) AS momentum_avg,
  max(engagement_total) AS engagement_total,
  sum(toInt64(signal_count)) AS signal_count
FROM fact_trend_metrics
GROUP BY trend_key, date_key
