-- Grain: one row per trend version and day (UTC) with a measurement.
-- momentum_avg: mean of the day's measurements (a decimal sum, so that it does not depend on the order of rows); engagement_total the
-- day's highest; signal_count their sum. lifecycle_stage: of the version. measurements, momentum_sum: to average over more rows.
-- momentum_change_7d, momentum_change_30d: the trend's mean of the day, all its versions together, minus that of its latest measured day 7
-- to 13 (30 to 36) days before: trends may be measured weekly, and a change against something older would be called by a wrong name.
-- Both means rounded to 6 digits. Null without such a day, and for the unknown trend (key 0), which is many. velocity_avg: mean of the measured velocities.
-- Expected rows: trends * measured days, 1.8 M for 500 trends measured daily for 10 years.
WITH
  -- The changed days, and those that they are compared with.
  wanted AS (
    SELECT DISTINCT toUInt32(toYYYYMMDD(makeDate32(intDiv(date_key, 10000), intDiv(date_key, 100) % 100, date_key % 100) - toIntervalDay(days_before))) AS date_key
    FROM (SELECT DISTINCT date_key FROM fact_trend_metrics WHERE NOT {{ full }} AND {{ changed(date_key) }})
    ARRAY JOIN arrayConcat([0], range(7, 14), range(30, 37)) AS days_before
  ),
  days AS (
    SELECT
      trend_key,
      date_key,
      makeDate32(intDiv(date_key, 10000), intDiv(date_key, 100) % 100, date_key % 100) AS day,
      toUInt32(count()) AS measurements,
      sum(momentum_score) AS momentum_sum,
      avg(momentum_score) AS momentum_avg,
      avg(velocity) AS velocity_avg,
      max(engagement_total) AS engagement_total,
      sum(toInt64(signal_count)) AS signal_count
    FROM fact_trend_metrics
    WHERE {{ full }} OR date_key IN (SELECT date_key FROM wanted)
    GROUP BY trend_key, date_key
  ),
  measured AS (
    SELECT
      d.*,
      toInt32(d.day) AS day_number,
      v.trend_id AS known_id,
      v.lifecycle_stage AS known_stage,
      if(
        d.trend_key = 0 OR known_id IS NULL, NULL,
        toDecimal64(round(toDecimal128(sum(d.momentum_sum) OVER one_day, 10) / sum(d.measurements) OVER one_day, 6), 6)
      ) AS momentum
    FROM days AS d
    LEFT JOIN (SELECT trend_key, trend_id, lifecycle_stage FROM dim_trend) AS v ON v.trend_key = d.trend_key
    WINDOW one_day AS (PARTITION BY v.trend_id, d.date_key)
  ),
  compared AS (
    SELECT
      *,
      momentum - last_value(momentum) OVER (PARTITION BY known_id ORDER BY day_number RANGE BETWEEN 13 PRECEDING AND 7 PRECEDING) AS change_7d,
      momentum - last_value(momentum) OVER (PARTITION BY known_id ORDER BY day_number RANGE BETWEEN 36 PRECEDING AND 30 PRECEDING) AS change_30d
    FROM measured
  )
SELECT
  trend_key,
  date_key,
  momentum_avg,
  engagement_total,
  signal_count,
  ifNull(known_id, toUUID('00000000-0000-0000-0000-000000000000')) AS trend_id,
  ifNull(known_stage, 'unknown') AS lifecycle_stage,
  measurements,
  momentum_sum,
  velocity_avg,
  change_7d AS momentum_change_7d,
  change_30d AS momentum_change_30d
FROM compared
WHERE {{ changed(date_key) }}
