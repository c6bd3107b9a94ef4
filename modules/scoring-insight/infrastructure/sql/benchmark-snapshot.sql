-- Peer figures as published for a period. Grain: one row an entity and metric.
-- Parameters: period String.
SELECT
  entity_id, metric, cohort, cohort_level, cohort_n, percentile, p25, p50, p75, top_percent, shrunken_value, floor_percentile,
  snapshot_n, reason
FROM insight_benchmark_snapshots
WHERE period = {period: String}
ORDER BY entity_id, metric
