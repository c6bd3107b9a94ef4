-- How one entity compares with its peers; a figure that is withheld is null and says why.
SELECT metric, value, n, cohort, percentile, p25, p50, p75, reason, as_of
FROM insights.entity_benchmarks
WHERE entity_id = '00000000-0000-4000-8000-000000000001'
ORDER BY metric;
