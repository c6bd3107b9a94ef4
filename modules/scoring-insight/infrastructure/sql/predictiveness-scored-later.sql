-- Closed deals that had no score before their start although their pair has one: it was computed, or arrived, later.
-- Grain: one row.
WITH scored_pair AS (
  SELECT least(e1.entity_id, e2.entity_id) AS low_id, greatest(e1.entity_id, e2.entity_id) AS high_id
  FROM fact_affinity_scores AS s
  INNER JOIN dim_entity AS e1 ON e1.entity_key = s.entity1_key
  INNER JOIN dim_entity AS e2 ON e2.entity_key = s.entity2_key
  WHERE s.entity1_key != 0 AND s.entity2_key != 0
)
SELECT count() AS deals
FROM insight_predictiveness_deals
WHERE excluded = 'no_score_before'
  AND (least(entity1_id, entity2_id), greatest(entity1_id, entity2_id)) IN (SELECT low_id, high_id FROM scored_pair)
