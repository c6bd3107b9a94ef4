-- Grain: one row per day, tenant and partnership type, where something happened: agg_daily_metrics of the dimension partnership_type
-- (formulas there), with what is open. deals_open_end, value_open_end: deals created up to the day's end and not closed by then, and
-- their value; both hold until the next row of the same tenant and type. Open over several tenants or types: add deals_created -
-- deals_won - deals_lost of all days up to the day. Expected rows at 1 M partnerships over 10 years: at most 1.75 M.
SELECT
  date_key,
  tenant_id,
  dimension_value AS partnership_type,
  deals_created,
  deals_won,
  deals_lost,
  value_created,
  value_won,
  value_lost,
  toUInt32(sum(toInt64(deals_created) - deals_won - deals_lost) OVER (PARTITION BY tenant_id, dimension_value ORDER BY date_key)) AS deals_open_end,
  sum(value_created - value_won - value_lost) OVER (PARTITION BY tenant_id, dimension_value ORDER BY date_key) AS value_open_end
FROM agg_daily_metrics
WHERE dimension = 'partnership_type'
