-- How many entities the benchmarks of the latest run say something about. Grain: one row a metric.
SELECT
  metric,
  count() AS entities,
  countIf(value IS NOT NULL) AS with_value,
  countIf(percentile IS NOT NULL) AS compared,
  sumMapIf(map(toString(assumeNotNull(reason)), 1), reason IS NOT NULL) AS withheld,
  max(as_of) AS latest
FROM insight_entity_benchmarks
GROUP BY metric
ORDER BY metric
