-- error | dim_trend | Every trend has exactly one current version.
SELECT toString(trend_id) AS record
FROM dim_trend
GROUP BY trend_id
HAVING countIf(is_current) != 1
