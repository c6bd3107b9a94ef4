-- The lowest percentile that each entity had in the snapshots published in the days up to as_of. Grain: one row an entity.
-- Parameters: metric String, days UInt32, as_of String (ISO 8601 instant).
WITH parseDateTime64BestEffort({as_of: String}, 6, 'UTC') AS run_as_of
SELECT entity_id, min(percentile) AS lowest
FROM insight_benchmark_snapshots
WHERE metric = {metric: String}
  AND percentile IS NOT NULL
  AND as_of >= toStartOfDay(run_as_of) - toIntervalDay({days: UInt32})
  AND as_of <= run_as_of
GROUP BY entity_id
