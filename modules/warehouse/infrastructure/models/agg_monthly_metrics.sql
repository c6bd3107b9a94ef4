-- Grain: one row per month (its first day), tenant of the deal, dimension and its value, where something happened: the days of
-- agg_daily_metrics added up (formulas and what may be added there), with what is open. deals_open_end, value_open_end: deals created
-- up to the month's end and not closed by then, and their value; both hold until the next row of the same tenant, dimension and
-- value. Open over several tenants: add deals_created - deals_won - deals_lost of all months up to the month.
-- win_rate: deals_won / (deals_won + deals_lost) of the month, null without an outcome.
-- _point: hash of the series (tenant, dimension, value) and the month, what an increment replaces. It reads the changed series whole,
-- because what is open is carried on, and writes their changed months.
-- Expected rows at 1 M partnerships over 10 years: 5 M (entity 3 M, all at most 120 a tenant).
WITH
  series AS (
    SELECT cityHash64(tenant_id, dimension, dimension_value) AS id, cityHash64(id, intDiv(date_key, 100)) AS point
    FROM agg_daily_metrics
    WHERE NOT {{ full }} AND {{ changed(point) }}
  ),
  months AS (
    SELECT
      intDiv(date_key, 100) AS month_key, tenant_id, dimension, dimension_value,
      toUInt32(sum(deals_created)) AS deals_created,
      toUInt32(sum(deals_won)) AS deals_won,
      toUInt32(sum(deals_lost)) AS deals_lost,
      sum(value_created) AS value_created,
      sum(value_won) AS value_won,
      sum(value_lost) AS value_lost,
      toUInt32(sum(deals_without_rate)) AS deals_without_rate
    FROM agg_daily_metrics
    WHERE {{ full }} OR cityHash64(tenant_id, dimension, dimension_value) IN (SELECT id FROM series)
    GROUP BY month_key, tenant_id, dimension, dimension_value
  ),
  carried AS (
    SELECT
      *,
      cityHash64(cityHash64(tenant_id, dimension, dimension_value), month_key) AS point,
      toUInt32(sum(toInt64(deals_created) - deals_won - deals_lost) OVER series) AS deals_open_end,
      sum(value_created - value_won - value_lost) OVER series AS value_open_end
    FROM months
    WINDOW series AS (PARTITION BY tenant_id, dimension, dimension_value ORDER BY month_key)
  )
SELECT
  makeDate32(intDiv(month_key, 100), month_key % 100, 1) AS month,
  tenant_id,
  dimension,
  dimension_value,
  deals_created,
  deals_won,
  deals_lost,
  value_created,
  value_won,
  value_lost,
  deals_without_rate,
  deals_open_end,
  value_open_end,
  if(deals_won + deals_lost = 0, NULL, deals_won / (deals_won + deals_lost)) AS win_rate,
  point AS _point
FROM carried
WHERE {{ changed(point) }}
