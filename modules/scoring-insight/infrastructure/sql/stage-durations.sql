-- How long visits lasted, in business days, as seen from a day on. Grain: one row a (stage, type, seen_from, days, leaving).
-- seen_from: the days that had passed when the window began, -1 for a visit that began in it. Visits left before are out.
-- leaving: advanced (to a later stage, or won), lost, other (back); null for a visit that goes on or was cut off.
-- Parameters: window_day Int32 (first day of the window, days since 1970-01-01), first_day Int32 and
-- working_days Array(Int32): working days up to and including first_day + 0, 1, 2 ...
WITH
  day_count AS (
    SELECT
      stage,
      partnership_type,
      exit,
      entered_day < {window_day: Int32} AS began_before,
      {working_days: Array(Int32)}[entered_day - {first_day: Int32} + 1] AS at_entry,
      {working_days: Array(Int32)}[last_day - {first_day: Int32} + 1] AS at_last,
      {working_days: Array(Int32)}[{window_day: Int32} - {first_day: Int32}] AS at_window
    FROM insight_stage_visits
    WHERE last_day >= {window_day: Int32}
  )
SELECT
  stage,
  partnership_type,
  toInt32(if(began_before, at_window - at_entry, -1)) AS seen_from,
  toInt32(at_last - at_entry) AS days,
  multiIf(exit IN ('advanced', 'won'), 'advanced', exit = 'lost', 'lost', exit = 'moved_back', 'other', NULL) AS leaving,
  toUInt32(count()) AS visits
FROM day_count
GROUP BY stage, partnership_type, seen_from, days, leaving
ORDER BY stage, partnership_type, seen_from, days, leaving
