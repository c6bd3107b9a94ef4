-- How much is open, by size of the deal? Grain: one row a value band.
SELECT value_band, count() AS deals, ifNull(sum(value), 0) AS value
FROM agg_deal_timeline
WHERE NOT is_completed AND NOT is_lost
GROUP BY value_band
ORDER BY value_band
