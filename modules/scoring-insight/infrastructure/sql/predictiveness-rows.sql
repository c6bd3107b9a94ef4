-- The deals of the row set that began by an instant, at most so many: then those whose ids hash lowest, the same ones every
-- time, and a new deal displaces at most one. Grain: one row a deal, by id, so that every reader sees the same order.
-- Parameters: begun_by String (ISO 8601 instant), deals UInt32.
SELECT
  entity1_id, entity2_id, started_at, is_successful, toFloat64(success_score) AS success_score,
  toFloat64(semantic) AS semantic, toFloat64(goal_alignment) AS goal_alignment, toFloat64(cultural_momentum) AS cultural_momentum,
  toFloat64(historical) AS historical, toFloat64(authenticity) AS authenticity, toFloat64(confidence) AS confidence
FROM (
  SELECT *
  FROM insight_predictiveness_deals
  WHERE excluded = '' AND started_at <= parseDateTime64BestEffort({begun_by: String}, 6, 'UTC')
  ORDER BY cityHash64(partnership_id), partnership_id
  LIMIT {deals: UInt32}
)
ORDER BY partnership_id
