-- Source trend_metrics: returns the columns of the source contract, in any order. Tables named differently? Edit this SELECT only.
SELECT
  id,
  trend_id,
  momentum_score,
  velocity,
  signal_count,
  engagement_total,
  sentiment_avg,
  measured_at
FROM product.trend_metrics
