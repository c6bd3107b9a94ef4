-- Trend ids without exactly one current version. Grain: one row a trend.
SELECT toString(trend_id) AS record
FROM {{ this }} AS tested
GROUP BY trend_id
HAVING countIf(is_current) != 1
