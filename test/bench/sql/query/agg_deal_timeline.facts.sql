-- The question of agg_deal_timeline.sql over the facts.
SELECT
  multiIf(
    deal_value_reporting IS NULL, 'no_rate', deal_value_reporting < 10000, 'under_10k', deal_value_reporting < 50000, '10k_to_50k',
    deal_value_reporting < 250000, '50k_to_250k', deal_value_reporting < 1000000, '250k_to_1m', '1m_and_more'
  ) AS value_band,
  count() AS deals,
  ifNull(sum(deal_value_reporting), 0) AS value
FROM fact_partnerships
WHERE NOT is_deleted AND NOT is_completed AND NOT is_lost
GROUP BY value_band
ORDER BY value_band
