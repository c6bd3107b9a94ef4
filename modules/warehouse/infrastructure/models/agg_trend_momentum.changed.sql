-- Days with other measurements, days of trend versions whose attributes are others now, and the days that are compared with them.
WITH
  versions AS (
    SELECT trend_key
    FROM {{ delta(dim_trend) }}
    GROUP BY trend_key, trend_id, lifecycle_stage
    HAVING sum(_sign) != 0
  ),
  days AS (
    SELECT date_key FROM {{ delta(fact_trend_metrics) }}
    UNION DISTINCT
    SELECT date_key FROM fact_trend_metrics WHERE trend_key IN (SELECT trend_key FROM versions)
  )
SELECT toUInt32(toYYYYMMDD(makeDate32(intDiv(date_key, 10000), intDiv(date_key, 100) % 100, date_key % 100) + toIntervalDay(days_after))) AS key
FROM days
ARRAY JOIN arrayConcat([0], range(7, 14), range(30, 37)) AS days_after
