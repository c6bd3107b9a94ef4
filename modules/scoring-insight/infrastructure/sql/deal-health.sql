-- Open deals as the latest run saw them, the worst first: by severity, then by what waiting has cost, then by days.
-- Grain: one row a partnership. Parameters: severities Array(String), limit UInt32.
SELECT
  partnership_id, stage, partnership_type, entered_stage_at, days_in_stage, stage_percentile, threshold_days, critical_days,
  threshold_source, chance_30d, chance_at_entry, expected_loss, currency, peer_level, severity, as_of
FROM insight_deal_health
WHERE severity IN {severities: Array(String)}
ORDER BY indexOf(['critical', 'warn', 'ok'], severity), expected_loss DESC NULLS LAST, days_in_stage DESC, partnership_id
LIMIT {limit: UInt32}
