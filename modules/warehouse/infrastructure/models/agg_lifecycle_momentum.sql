-- Grain: one row per lifecycle stage and day (UTC) with a measurement; measurements of trends that nobody knows are in the stage
-- 'unknown'. momentum_avg: mean of all measurements of the day on trends that were in the stage then (sums of agg_trend_momentum), rounded
-- to 6 digits. trends: how many trends those are; of the unknown stage 0. change_7d_avg, change_30d_avg: mean over the trends with such a
-- change (changed_7d, changed_30d of them) of their own change, rounded to 6 digits, null where none has one: so a trend that enters or leaves
-- the stage does not look like a change of momentum.
-- Expected rows: stages * measured days, below 40,000.
WITH trends AS (
  SELECT
    lifecycle_stage,
    date_key,
    trend_id,
    max(trend_key) != 0 AS is_known,
    sum(measurements) AS measurements,
    sum(momentum_sum) AS momentum_sum,
    sum(signal_count) AS signal_count,
    max(momentum_change_7d) AS change_7d,
    max(momentum_change_30d) AS change_30d
  FROM agg_trend_momentum
  WHERE {{ changed(date_key) }}
  GROUP BY lifecycle_stage, date_key, trend_id
)
SELECT
  lifecycle_stage,
  date_key,
  toUInt32(countIf(is_known)) AS trends,
  toUInt32(sum(t.measurements)) AS measurements,
  toDecimal64(round(toDecimal128(sum(t.momentum_sum), 10) / sum(t.measurements), 6), 6) AS momentum_avg,
  sum(t.signal_count) AS signal_count,
  toUInt32(count(change_7d)) AS changed_7d,
  if(changed_7d = 0, NULL, toDecimal64(round(toDecimal128(sum(change_7d), 10) / changed_7d, 6), 6)) AS change_7d_avg,
  toUInt32(count(change_30d)) AS changed_30d,
  if(changed_30d = 0, NULL, toDecimal64(round(toDecimal128(sum(change_30d), 10) / changed_30d, 6), 6)) AS change_30d_avg
FROM trends AS t
GROUP BY lifecycle_stage, date_key
