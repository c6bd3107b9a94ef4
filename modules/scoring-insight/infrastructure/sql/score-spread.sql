-- How the components spread over all scored pairs, by the latest score of each pair that both clocks know of by as_of (computed_at
-- and ingested_at), in steps of 0.0001: whole numbers, so that they are exact. Grain: one row a component.
-- `partnered` are the pairs with a partnership that is not deleted, whatever became of it.
-- Parameters: as_of String (ISO 8601 instant).
WITH
  parseDateTime64BestEffort({as_of: String}, 6, 'UTC') AS run_as_of,
  ['semantic', 'goal_alignment', 'cultural_momentum', 'historical', 'authenticity'] AS names,
  entity AS (SELECT entity_key, entity_id FROM dim_entity WHERE entity_key != 0),
  formed AS (
    SELECT DISTINCT cityHash64(least(entity1_id, entity2_id), greatest(entity1_id, entity2_id)) AS pair
    FROM insight_predictiveness_deals
    WHERE excluded != 'deleted'
  ),
  -- One number groups faster than two ids, and a number for a moment and an id compares faster than the two of them.
  score AS (
    SELECT
      cityHash64(least(e1.entity_id, e2.entity_id), greatest(e1.entity_id, e2.entity_id)) AS pair,
      bitShiftLeft(toInt128(toUnixTimestamp64Micro(s.computed_at)), 64) + s.affinity_id AS moment,
      s.semantic_score AS semantic,
      s.goal_alignment_score AS goal_alignment,
      s.cultural_momentum_score AS cultural_momentum,
      s.historical_score AS historical,
      s.authenticity_score AS authenticity
    FROM fact_affinity_scores AS s
    INNER JOIN entity AS e1 ON e1.entity_key = s.entity1_key
    INNER JOIN entity AS e2 ON e2.entity_key = s.entity2_key
    WHERE s.computed_at <= run_as_of AND s.ingested_at <= run_as_of AND e1.entity_id != e2.entity_id
  ),
  latest AS (
    SELECT
      pair,
      [
        argMax(semantic, moment), argMax(goal_alignment, moment), argMax(cultural_momentum, moment), argMax(historical, moment),
        argMax(authenticity, moment)
      ] AS shares,
      pair IN (formed) AS is_partnered
    FROM score
    GROUP BY pair
  )
SELECT
  name AS component,
  count() AS pairs,
  countIf(is_partnered) AS partnered,
  sum(step) AS x,
  sum(step * step) AS xx
FROM (
  SELECT is_partnered, name, toUInt64(share * 10000) AS step
  FROM latest
  ARRAY JOIN shares AS share, names AS name
)
GROUP BY component
