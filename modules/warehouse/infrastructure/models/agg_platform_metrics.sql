-- Grain: one row per day, dimension (all, partnership_type, industry, tier) and its value, where something happened, over all tenants: the
-- rows of agg_daily_metrics added up (formulas and what may be added there), with what is open. deals_open_end, value_open_end: deals
-- created up to the day's end and not closed by then, and their value; both hold until the next row of the same dimension and value.
-- What the platform asks about months and years is the sum of these days; one entity or tenant is asked of agg_monthly_metrics.
-- Expected rows over 10 years: days * values, some 100,000.
WITH days AS (
  SELECT
    date_key, dimension, dimension_value,
    toUInt32(sum(deals_created)) AS deals_created,
    toUInt32(sum(deals_won)) AS deals_won,
    toUInt32(sum(deals_lost)) AS deals_lost,
    sum(value_created) AS value_created,
    sum(value_won) AS value_won,
    sum(value_lost) AS value_lost,
    toUInt32(sum(deals_without_rate)) AS deals_without_rate
  FROM agg_daily_metrics
  WHERE dimension != 'entity'
  GROUP BY date_key, dimension, dimension_value
)
SELECT
  date_key,
  dimension,
  dimension_value,
  deals_created,
  deals_won,
  deals_lost,
  value_created,
  value_won,
  value_lost,
  deals_without_rate,
  toUInt32(sum(toInt64(deals_created) - deals_won - deals_lost) OVER series) AS deals_open_end,
  sum(value_created - value_won - value_lost) OVER series AS value_open_end
FROM days
WINDOW series AS (PARTITION BY dimension, dimension_value ORDER BY date_key)
