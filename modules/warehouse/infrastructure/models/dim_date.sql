-- Grain: one row per day, 1990-01-01 to 2060-12-31. The fiscal year is the calendar year.
SELECT
  toUInt32(toYear(day) * 10000 + toMonth(day) * 100 + toDayOfMonth(day)) AS date_key,
  day AS full_date,
  toYear(day) AS year,
  toQuarter(day) AS quarter,
  toMonth(day) AS month,
  toISOWeek(day) AS week,
  toDayOfWeek(day) AS day_of_week,
  toDayOfWeek(day) >= 6 AS is_weekend,
  toYear(day) AS fiscal_year,
  toQuarter(day) AS fiscal_quarter
FROM (
  SELECT toDate32('1990-01-01') + toIntervalDay(number) AS day
  FROM numbers(toUInt64(dateDiff('day', toDate32('1990-01-01'), toDate32('2060-12-31'))) + 1)
)
