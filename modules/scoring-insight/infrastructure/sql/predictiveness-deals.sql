-- Which past deals say something about the affinity scores, and which score each deal had before it began.
-- Grain: one row a partnership. `excluded` is the first reason that applies, '' for a deal of the row set.
-- A score counts when both of its clocks are strictly before the deal's start: computed_at says when it was known to its
-- model, ingested_at when it was known at all. A backfilled score would otherwise leak the outcome into the past.
-- aged_*: the latest score that was known 30 days before the start, by both clocks and no older than the other may be; null without.
-- Parameters: target Identifier (same columns as insight_predictiveness_deals), as_of String (ISO 8601 instant).
INSERT INTO {target: Identifier}
  (partnership_id, entity1_id, entity2_id, started_at, excluded, is_successful, success_score, affinity_id, computed_at,
   semantic, goal_alignment, cultural_momentum, historical, authenticity, confidence,
   aged_semantic, aged_goal_alignment, aged_cultural_momentum, aged_historical, aged_authenticity, aged_confidence, as_of)
WITH
  parseDateTime64BestEffort({as_of: String}, 6, 'UTC') AS run_as_of,
  -- The unknown member is nobody: two deals without a known partner are not the same pair.
  entity AS (SELECT entity_key, entity_id FROM dim_entity WHERE entity_key != 0),
  first_event AS (
    SELECT partnership_key, min(event_timestamp) AS first_at FROM fact_deal_events GROUP BY partnership_key
  ),
  deal AS (
    SELECT
      p.partnership_key AS partnership_key,
      p.partnership_id AS partnership_id,
      e1.entity_id AS entity1_id,
      e2.entity_id AS entity2_id,
      least(p.created_at, ifNull(f.first_at, p.created_at)) AS started_at,
      p.is_successful AS is_successful,
      p.success_score AS success_score,
      multiIf(
        p.is_deleted, 'deleted',
        NOT p.is_completed AND NOT p.is_lost, 'open',
        p.is_completed AND p.success_score IS NULL, 'no_success_score',
        started_at > run_as_of - INTERVAL 180 DAY, 'not_matured',
        '') AS unusable
    FROM fact_partnerships AS p
    LEFT JOIN entity AS e1 ON e1.entity_key = p.entity1_key
    LEFT JOIN entity AS e2 ON e2.entity_key = p.entity2_key
    LEFT JOIN first_event AS f ON f.partnership_key = p.partnership_key
  ),
  usable_deal AS (
    SELECT
      partnership_key,
      started_at,
      least(entity1_id, entity2_id) AS low_id,
      greatest(entity1_id, entity2_id) AS high_id
    FROM deal
    WHERE unusable = '' AND entity1_id IS NOT NULL AND entity2_id IS NOT NULL
  ),
  score AS (
    SELECT
      least(e1.entity_id, e2.entity_id) AS low_id,
      greatest(e1.entity_id, e2.entity_id) AS high_id,
      s.affinity_id AS affinity_id,
      s.computed_at AS computed_at,
      s.ingested_at AS ingested_at,
      s.semantic_score AS semantic,
      s.goal_alignment_score AS goal_alignment,
      s.cultural_momentum_score AS cultural_momentum,
      s.historical_score AS historical,
      s.authenticity_score AS authenticity,
      s.confidence_score AS confidence
    FROM fact_affinity_scores AS s
    INNER JOIN entity AS e1 ON e1.entity_key = s.entity1_key
    INNER JOIN entity AS e2 ON e2.entity_key = s.entity2_key
  ),
  -- argMax over a tuple, not ASOF JOIN: that orders by one column and leaves ties on computed_at to chance.
  known_score AS (
    WITH greatest(s.computed_at, s.ingested_at) <= d.started_at - INTERVAL 30 DAY AS is_aged
    SELECT
      d.partnership_key AS partnership_key,
      argMax(
        (s.affinity_id, s.computed_at, s.semantic, s.goal_alignment, s.cultural_momentum, s.historical, s.authenticity, s.confidence),
        (s.computed_at, s.affinity_id)) AS latest,
      countIf(is_aged) > 0 AS has_aged,
      argMaxIf(
        (s.computed_at, s.semantic, s.goal_alignment, s.cultural_momentum, s.historical, s.authenticity, s.confidence),
        (s.computed_at, s.affinity_id),
        is_aged) AS aged
    FROM score AS s
    INNER JOIN usable_deal AS d ON d.low_id = s.low_id AND d.high_id = s.high_id
    WHERE s.computed_at < d.started_at AND s.ingested_at < d.started_at
    GROUP BY d.partnership_key
  ),
  deal_with_score AS (
    SELECT
      d.*,
      k.partnership_key IS NOT NULL AS has_score,
      multiIf(
        d.unusable != '', d.unusable,
        NOT has_score, 'no_score_before',
        k.latest.2 < d.started_at - INTERVAL 180 DAY, 'score_too_old',
        '') AS excluded,
      has_score AND excluded = '' AS is_used,
      k.latest AS latest,
      is_used AND k.has_aged AND k.aged.1 >= d.started_at - INTERVAL 180 DAY AS is_aged_known,
      k.aged AS aged
    FROM deal AS d
    LEFT JOIN known_score AS k ON k.partnership_key = d.partnership_key
  )
SELECT
  partnership_id,
  ifNull(entity1_id, toUUID('00000000-0000-0000-0000-000000000000')),
  ifNull(entity2_id, toUUID('00000000-0000-0000-0000-000000000000')),
  started_at,
  excluded,
  is_successful,
  success_score,
  if(is_used, latest.1, NULL),
  if(is_used, latest.2, NULL),
  if(is_used, latest.3, NULL),
  if(is_used, latest.4, NULL),
  if(is_used, latest.5, NULL),
  if(is_used, latest.6, NULL),
  if(is_used, latest.7, NULL),
  if(is_used, latest.8, NULL),
  if(is_aged_known, aged.2, NULL),
  if(is_aged_known, aged.3, NULL),
  if(is_aged_known, aged.4, NULL),
  if(is_aged_known, aged.5, NULL),
  if(is_aged_known, aged.6, NULL),
  if(is_aged_known, aged.7, NULL),
  run_as_of
FROM deal_with_score
ORDER BY partnership_id
