-- Days of trends with other figures than before.
SELECT date_key AS key
FROM {{ delta(agg_trend_momentum) }}
GROUP BY
  date_key, trend_key, trend_id, lifecycle_stage, measurements, momentum_sum, signal_count, momentum_change_7d, momentum_change_30d
HAVING sum(_sign) != 0
