-- Open deals as the latest run saw them, the worst first: by severity, then by what waiting has cost in
-- the reporting currency (deals without an exchange rate come after those with one), then by days.
-- Grain: one row a partnership. Parameters: severities Array(String), limit UInt32.
SELECT
  partnership_id, stage, partnership_type, entered_stage_at, days_in_stage, stage_percentile, threshold_days, critical_days,
  threshold_source, chance_30d, chance_at_entry, expected_loss, currency, peer_level, severity, as_of
FROM insight_deal_health AS h
LEFT JOIN (
  SELECT partnership_id, toFloat64(deal_value_reporting) / nullIf(toFloat64(deal_value), 0) AS reporting_rate
  FROM fact_partnerships
) AS p USING (partnership_id)
WHERE severity IN {severities: Array(String)}
ORDER BY
  indexOf(['critical', 'warn', 'ok'], severity), toFloat64(expected_loss) * reporting_rate DESC NULLS LAST,
  days_in_stage DESC, partnership_id
LIMIT {limit: UInt32}
