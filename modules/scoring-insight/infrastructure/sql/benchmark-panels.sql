-- Whom each cohort counted when it was published last, with their figures. Grain: one row an entity, metric and cohort.
WITH
  counted AS (SELECT *, arrayJoin(counted_in) AS cohort_key FROM insight_benchmark_snapshots),
  latest AS (SELECT metric, cohort_key, argMax(period, (as_of, period)) AS period FROM counted GROUP BY metric, cohort_key)
SELECT
  metric,
  cohort_key,
  entity_id,
  assumeNotNull(counted_tenant_id) AS tenant_id,
  counted_value AS value,
  counted_n AS n,
  counted_count AS count,
  counted_low AS low,
  counted_high AS high
FROM counted
WHERE (metric, cohort_key, period) IN (SELECT metric, cohort_key, period FROM latest)
ORDER BY metric, cohort_key, entity_id
