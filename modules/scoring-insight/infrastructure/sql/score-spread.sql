-- How the components spread over all scored pairs, by the latest score of each pair, in steps of 0.0001: whole numbers, so that
-- they are exact. Grain: one row a component.
-- `partnered` are the pairs with a partnership that is not deleted, whatever became of it.
-- Parameters: as_of String (ISO 8601 instant).
WITH
  parseDateTime64BestEffort({as_of: String}, 6, 'UTC') AS run_as_of,
  entity AS (SELECT entity_key, entity_id FROM dim_entity WHERE entity_key != 0),
  formed AS (
    SELECT DISTINCT least(entity1_id, entity2_id) AS low_id, greatest(entity1_id, entity2_id) AS high_id
    FROM insight_predictiveness_deals
    WHERE excluded != 'deleted'
  ),
  latest AS (
    SELECT
      least(e1.entity_id, e2.entity_id) AS low_id,
      greatest(e1.entity_id, e2.entity_id) AS high_id,
      argMax(
        [s.semantic_score, s.goal_alignment_score, s.cultural_momentum_score, s.historical_score, s.authenticity_score],
        (s.computed_at, s.affinity_id)) AS scores
    FROM fact_affinity_scores AS s
    INNER JOIN entity AS e1 ON e1.entity_key = s.entity1_key
    INNER JOIN entity AS e2 ON e2.entity_key = s.entity2_key
    WHERE s.computed_at <= run_as_of AND e1.entity_id != e2.entity_id
    GROUP BY low_id, high_id
  )
SELECT
  name AS component,
  count() AS pairs,
  countIf((low_id, high_id) IN (formed)) AS partnered,
  sum(step) AS x,
  sum(step * step) AS xx
FROM (
  SELECT low_id, high_id, name, toUInt64(share * 10000) AS step
  FROM latest
  ARRAY JOIN
    scores AS share, ['semantic', 'goal_alignment', 'cultural_momentum', 'historical', 'authenticity'] AS name
)
GROUP BY component
