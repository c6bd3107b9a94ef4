-- error | all | No surrogate key stands for two rows (a hash collision or a doubled row). Parameter: built Array(String), the models this run built.
SELECT concat(model, ' ', toString(key)) AS record
FROM (
  SELECT 'dim_entity' AS model, entity_key AS key FROM dim_entity
  UNION ALL SELECT 'dim_trend', trend_key FROM dim_trend
  UNION ALL SELECT 'dim_user', user_key FROM dim_user
  UNION ALL SELECT 'dim_deal_stage', stage_key FROM dim_deal_stage
  UNION ALL SELECT 'fact_partnerships', partnership_key FROM fact_partnerships
  UNION ALL SELECT 'fact_deal_events', event_key FROM fact_deal_events
  UNION ALL SELECT 'fact_affinity_scores', affinity_key FROM fact_affinity_scores
  UNION ALL SELECT 'fact_trend_metrics', metric_key FROM fact_trend_metrics
  UNION ALL SELECT 'fact_user_activity', activity_key FROM fact_user_activity
)
WHERE model IN {built: Array(String)}
GROUP BY model, key
HAVING count() > 1
