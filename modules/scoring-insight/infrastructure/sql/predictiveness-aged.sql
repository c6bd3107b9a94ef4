-- The scores that count beside those known 30 days before the deal began, of deals that have both: at most so many, those whose ids
-- hash lowest. Grain: one row a score (the five components, and confidence); arrays of the same deals, in steps of 0.0001, in an
-- order of their own that is always the same.
-- Parameters: deals UInt32.
WITH
  ['semantic', 'goal_alignment', 'cultural_momentum', 'historical', 'authenticity', 'confidence'] AS names,
  deal AS (
    SELECT
      assumeNotNull(is_successful) AS success,
      [semantic, goal_alignment, cultural_momentum, historical, authenticity, confidence] AS used_scores,
      [aged_semantic, aged_goal_alignment, aged_cultural_momentum, aged_historical, aged_authenticity, aged_confidence] AS aged_scores
    FROM insight_predictiveness_deals
    -- A deal has all of the six or none.
    WHERE excluded = '' AND aged_confidence IS NOT NULL
    ORDER BY cityHash64(partnership_id), partnership_id
    LIMIT {deals: UInt32}
  )
SELECT
  score,
  arrayMap(row -> row.1, rows) AS used,
  arrayMap(row -> row.2, rows) AS aged,
  arrayMap(row -> row.3, rows) AS successful
FROM (
  SELECT
    names[number] AS score,
    arraySort(groupArray((toUInt32(assumeNotNull(used_score) * 10000), toUInt32(assumeNotNull(aged_score) * 10000), success))) AS rows
  FROM deal
  ARRAY JOIN used_scores AS used_score, aged_scores AS aged_score, arrayEnumerate(used_scores) AS number
  WHERE used_score IS NOT NULL AND aged_score IS NOT NULL
  GROUP BY number
)
ORDER BY score
