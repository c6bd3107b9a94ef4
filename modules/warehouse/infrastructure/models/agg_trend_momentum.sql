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
  versions AS (
    SELECT trend_key, trend_id, lifecycle_stage
    FROM dim_trend
  ),
  known AS (
    SELECT
      v.trend_id AS trend_id,
      d.day AS day,
      d.date_key AS date_key,
      toDecimal64(round(toDecimal128(sum(d.momentum_sum), 10) / sum(d.measurements), 6), 6) AS momentum
    FROM days AS d
    INNER JOIN versions AS v ON v.trend_key = d.trend_key
    WHERE d.trend_key != 0
    GROUP BY trend_id, day, date_key
  ),
  changes AS (
    SELECT
      k.trend_id AS trend_id,
      k.date_key AS date_key,
      if(week.day >= k.day - toIntervalDay(13), k.momentum - week.momentum, NULL) AS change_7d,
      if(month.day >= k.day - toIntervalDay(36), k.momentum - month.momentum, NULL) AS change_30d
    FROM (
      SELECT *, day - toIntervalDay(7) AS week_before, day - toIntervalDay(30) AS month_before
      FROM known
      WHERE {{ changed(date_key) }}
    ) AS k
    ASOF LEFT JOIN known AS week ON week.trend_id = k.trend_id AND k.week_before >= week.day
    ASOF LEFT JOIN known AS month ON month.trend_id = k.trend_id AND k.month_before >= month.day
  )
SELECT
  d.trend_key,
  d.date_key,
  d.momentum_avg,
  d.engagement_total,
  d.signal_count,
  ifNull(v.trend_id, toUUID('00000000-0000-0000-0000-000000000000')) AS trend_id,
  ifNull(v.lifecycle_stage, 'unknown') AS lifecycle_stage,
  d.measurements,
  d.momentum_sum,
  d.velocity_avg,
  c.change_7d AS momentum_change_7d,
  c.change_30d AS momentum_change_30d
FROM days AS d
LEFT JOIN versions AS v ON v.trend_key = d.trend_key
LEFT JOIN changes AS c ON c.trend_id = v.trend_id AND c.date_key = d.date_key
WHERE {{ changed(d.date_key) }}
