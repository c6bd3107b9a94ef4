-- Whom the cohorts of the latest snapshot count, whatever its period. Grain: one row an entity, metric and cohort.
SELECT
  metric,
  arrayJoin(counted_in) AS cohort_key,
  entity_id,
  assumeNotNull(counted_tenant_id) AS tenant_id,
  counted_value AS value,
  counted_n AS n,
  counted_count AS count,
  counted_low AS low,
  counted_high AS high
FROM insight_benchmark_snapshots
WHERE period = (SELECT argMax(period, as_of) FROM insight_benchmark_snapshots)
ORDER BY metric, cohort_key, entity_id
