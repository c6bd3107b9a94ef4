-- Source affinity_scores: returns the columns of the source contract, in any order. Tables named differently? Edit this SELECT only.
SELECT
  id,
  entity1_id,
  entity2_id,
  affinity_score,
  semantic,
  goal_alignment,
  cultural_momentum,
  historical,
  authenticity,
  confidence,
  recommendation_tier,
  computed_at,
  ingested_at
FROM product.affinity_scores
