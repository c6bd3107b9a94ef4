-- How the best matches of each entity change when the components are weighted otherwise, over the latest score of every
-- pair that both clocks (computed_at and ingested_at) know of by as_of. Grain: one row. Entities with no more than `top` scored partners have nothing to lose and are left out.
-- Parameters: from_weights and to_weights Array(Float64) (semantic, goal_alignment, cultural_momentum, historical,
-- authenticity), top UInt32, as_of String (ISO 8601 instant).
WITH
  parseDateTime64BestEffort({as_of: String}, 6, 'UTC') AS run_as_of,
  entity AS (SELECT entity_key, entity_id FROM dim_entity WHERE entity_key != 0),
  latest AS (
    SELECT
      least(e1.entity_id, e2.entity_id) AS low_id,
      greatest(e1.entity_id, e2.entity_id) AS high_id,
      argMax(
        [toFloat64(s.semantic_score), toFloat64(s.goal_alignment_score), toFloat64(s.cultural_momentum_score),
         toFloat64(s.historical_score), toFloat64(s.authenticity_score)],
        (s.computed_at, s.affinity_id)) AS scores
    FROM fact_affinity_scores AS s
    INNER JOIN entity AS e1 ON e1.entity_key = s.entity1_key
    INNER JOIN entity AS e2 ON e2.entity_key = s.entity2_key
    WHERE s.computed_at <= run_as_of AND s.ingested_at <= run_as_of AND e1.entity_id != e2.entity_id
    GROUP BY low_id, high_id
  ),
  -- Rounded, because sums of equal scores may differ in the last bit; ties go by id under both weightings.
  match AS (
    SELECT
      arrayJoin([(low_id, high_id), (high_id, low_id)]) AS ends,
      round(arraySum(arrayMap((w, x) -> w * x, {from_weights: Array(Float64)}, scores)), 9) AS from_score,
      round(arraySum(arrayMap((w, x) -> w * x, {to_weights: Array(Float64)}, scores)), 9) AS to_score
    FROM latest
  ),
  ranked AS (
    SELECT
      ends.1 AS entity_id,
      row_number() OVER (PARTITION BY ends.1 ORDER BY from_score DESC, ends.2) AS from_rank,
      row_number() OVER (PARTITION BY ends.1 ORDER BY to_score DESC, ends.2) AS to_rank
    FROM match
  ),
  per_entity AS (
    SELECT entity_id, countIf(to_rank <= {top: UInt32} AND from_rank > {top: UInt32}) AS replaced
    FROM ranked
    GROUP BY entity_id
    HAVING count() > {top: UInt32}
  )
SELECT
  toUInt32(count()) AS entities,
  toUInt32(countIf(replaced > 0)) AS entities_changed,
  if(count() = 0, NULL, sum(replaced) / (count() * {top: UInt32})) AS share
FROM per_entity
