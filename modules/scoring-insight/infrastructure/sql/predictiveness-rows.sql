-- The row set of the report. Grain: one row a deal, by id, so that every reader sees the same order.
SELECT
  entity1_id, entity2_id, started_at, is_successful, toFloat64(success_score) AS success_score,
  toFloat64(semantic) AS semantic, toFloat64(goal_alignment) AS goal_alignment, toFloat64(cultural_momentum) AS cultural_momentum,
  toFloat64(historical) AS historical, toFloat64(authenticity) AS authenticity, toFloat64(confidence) AS confidence
FROM insight_predictiveness_deals
WHERE excluded = ''
ORDER BY partnership_id
