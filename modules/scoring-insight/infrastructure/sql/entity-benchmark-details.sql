-- Everything that is known of an entity's figures. Grain: one row a metric; none for an entity without insights.
-- Parameters: entity_id UUID.
SELECT
  b.metric AS metric,
  e.entity_name AS entity_name,
  b.value AS value,
  b.n AS n,
  b.cohort AS cohort,
  b.cohort_n AS cohort_n,
  b.percentile AS percentile,
  b.p25 AS p25,
  b.p50 AS p50,
  b.p75 AS p75,
  b.top_percent AS top_percent,
  b.shrunken_value AS shrunken_value,
  b.floor_percentile AS floor_percentile,
  b.ci_low AS ci_low,
  b.ci_high AS ci_high,
  b.ci_reason AS ci_reason,
  b.explanation AS explanation,
  b.reason AS reason,
  b.as_of AS as_of,
  ifNull(t.points, 0) AS trend_points,
  t.first_month AS trend_first_month,
  t.last_month AS trend_last_month,
  t.slope AS trend_slope,
  t.z AS trend_z,
  t.p AS trend_p,
  t.direction AS trend_direction,
  if(t.metric IS NULL, 'not_computed', t.reason) AS trend_reason,
  t.explanation AS trend_explanation
FROM insight_entity_benchmarks AS b
LEFT JOIN insight_entity_trends AS t ON t.entity_id = b.entity_id AND t.metric = b.metric
LEFT JOIN dim_entity AS e ON e.entity_id = b.entity_id AND e.is_current AND e.entity_key != 0
WHERE b.entity_id = {entity_id: UUID}
ORDER BY metric
