-- Grain: one row per score snapshot. Both entities join the version valid when the score was computed; an unknown one joins key 0
-- (_waiting, until it arrives).
WITH scores AS (
  SELECT *
  FROM (
    SELECT *
    FROM raw_affinity_scores
    WHERE {{ changed(id) }}
    ORDER BY id, _version_at DESC, _extracted_at DESC, _row_hash
    LIMIT 1 BY id
  )
  WHERE NOT _deleted
)
SELECT
  sipHash64(s.id) AS affinity_key,
  s.id AS affinity_id,
  ifNull(e1.entity_key, 0) AS entity1_key,
  ifNull(e2.entity_key, 0) AS entity2_key,
  toUInt32(toYYYYMMDD(s.computed_at)) AS date_key,
  s.affinity_score,
  s.semantic AS semantic_score,
  s.goal_alignment AS goal_alignment_score,
  s.cultural_momentum AS cultural_momentum_score,
  s.historical AS historical_score,
  s.authenticity AS authenticity_score,
  s.confidence AS confidence_score,
  s.recommendation_tier,
  s.computed_at,
  s.ingested_at,
  (e1.entity_key IS NULL OR e2.entity_key IS NULL) AS _waiting
FROM scores AS s
ASOF LEFT JOIN dim_entity AS e1 ON e1.entity_id = s.entity1_id AND s.computed_at >= e1.valid_from
ASOF LEFT JOIN dim_entity AS e2 ON e2.entity_id = s.entity2_id AND s.computed_at >= e2.valid_from
