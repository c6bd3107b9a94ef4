-- error | dim_trend | The versions of a trend cover 1900 to 2299 without a gap or an overlap.
SELECT toString(trend_id) AS record
FROM (
  SELECT
    trend_id,
    valid_from,
    valid_to,
    lagInFrame(toNullable(valid_to)) OVER (PARTITION BY trend_id ORDER BY valid_from ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS before
  FROM dim_trend
)
WHERE valid_from >= valid_to OR (before IS NOT NULL AND before != valid_from) OR (before IS NULL AND toYear(valid_from) != 1900)
