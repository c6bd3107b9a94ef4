-- error | all | A fact has one row for each key of its source: joins neither lose nor double rows. Parameter: built Array(String), the models this run built.
SELECT concat(model, ': ', toString(facts), ' rows for ', toString(sources), ' keys') AS record
FROM (
  SELECT 'fact_partnerships' AS model, (SELECT count() FROM fact_partnerships) AS facts, (SELECT uniqExact(id) FROM raw_partnerships) AS sources
  UNION ALL SELECT 'fact_deal_events', (SELECT count() FROM fact_deal_events), (SELECT uniqExact(id) FROM raw_deal_events)
  UNION ALL SELECT 'fact_affinity_scores', (SELECT count() FROM fact_affinity_scores), (SELECT uniqExact(id) FROM raw_affinity_scores)
  UNION ALL SELECT 'fact_trend_metrics', (SELECT count() FROM fact_trend_metrics), (SELECT uniqExact(id) FROM raw_trend_metrics)
  UNION ALL SELECT 'fact_user_activity', (SELECT count() FROM fact_user_activity), (SELECT uniqExact(id) FROM raw_user_activity)
)
WHERE facts != sources AND model IN {built: Array(String)}
