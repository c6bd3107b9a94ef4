-- Peer figures of the last snapshot that was published up to as_of, none before the first. Grain: one row an entity and metric.
-- Parameters: as_of String (ISO 8601 instant).
WITH parseDateTime64BestEffort({as_of: String}, 6, 'UTC') AS run_as_of
SELECT
  entity_id, metric, cohort, cohort_level, cohort_n, percentile, p25, p50, p75, top_percent, shrunken_value, floor_percentile,
  snapshot_n, reason
FROM insight_benchmark_snapshots
WHERE period = (SELECT argMax(period, as_of) FROM insight_benchmark_snapshots WHERE as_of <= run_as_of)
ORDER BY entity_id, metric
