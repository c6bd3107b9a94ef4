-- Months of series with other days than before: those of the days, and every later month of the same series, because what is open is
-- carried on.
WITH
  moved AS (
    SELECT cityHash64(tenant_id, dimension, dimension_value) AS series_id, intDiv(date_key, 100) AS month_key
    FROM {{ delta(agg_daily_metrics) }}
    GROUP BY
      series_id, month_key, tenant_id, dimension, dimension_value, date_key, deals_created, deals_won, deals_lost, value_created,
      value_won, value_lost, deals_without_rate
    HAVING sum(_sign) != 0
  )
SELECT cityHash64(series_id, month_key) AS key FROM moved
UNION ALL
SELECT t._point
FROM agg_monthly_metrics AS t
INNER JOIN (SELECT series_id, min(month_key) AS since FROM moved GROUP BY series_id) AS m
  ON m.series_id = cityHash64(t.tenant_id, t.dimension, t.dimension_value)
WHERE toYYYYMM(t.month) >= m.since
