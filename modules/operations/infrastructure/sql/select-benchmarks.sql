-- Benchmarks of an entity that the role in force may see. Grain: metric. $1 uuid entity id
SELECT metric, value, n, cohort, cohort_level, cohort_n, percentile, p25, p50, p75, ci_low, ci_high, shrunken_value,
       explanation, reason, as_of
FROM insights.entity_benchmarks
WHERE entity_id = $1::uuid
ORDER BY metric
