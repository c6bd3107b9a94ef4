-- The open deals of the latest run with what forecasts look at, in the order of ids. Grain: one row a deal of
-- insight_deal_health. Time counts in whole days up to the beginning of the day (UTC) of as_of, as in forecast-snapshots.sql.
-- The score is the latest, by both of its clocks, from before the deal began and at most 180 days older; none is an empty array.
-- When a deal began and between whom stands in insight_predictiveness_deals.
-- Parameters: as_of String (ISO 8601 instant).
WITH
  toInt32(toDate32(parseDateTime64BestEffort({as_of: String}, 6, 'UTC'))) AS today,
  entity AS (SELECT entity_key, entity_id FROM dim_entity WHERE entity_key != 0),
  -- Of each deal every pair of versions of its two entities, both ways round: a score may point at other versions than the
  -- deal, and the scores are too many to look up the entities of each.
  pair AS (
    SELECT
      d.partnership_id AS partnership_id,
      d.started_at AS started_at,
      if(way, v1.entity_key, v2.entity_key) AS key1,
      if(way, v2.entity_key, v1.entity_key) AS key2
    FROM (SELECT * FROM insight_predictiveness_deals WHERE excluded = 'open') AS d
    ARRAY JOIN [true, false] AS way
    INNER JOIN entity AS v1 ON v1.entity_id = d.entity1_id
    INNER JOIN entity AS v2 ON v2.entity_id = d.entity2_id
  ),
  known_score AS (
    SELECT
      p.partnership_id AS partnership_id,
      argMax(
        (s.computed_at,
         [s.semantic_score, s.goal_alignment_score, s.cultural_momentum_score, s.historical_score, s.authenticity_score]),
        (s.computed_at, s.affinity_id)) AS latest
    FROM fact_affinity_scores AS s
    INNER JOIN pair AS p ON p.key1 = s.entity1_key AND p.key2 = s.entity2_key
    WHERE s.computed_at < p.started_at AND s.ingested_at < p.started_at
    GROUP BY p.partnership_id
    HAVING latest.1 >= any(p.started_at) - INTERVAL 180 DAY
  ),
  active AS (
    SELECT partnership_key, max(toInt32(toDate32(activity_timestamp))) AS day
    FROM fact_user_activity
    WHERE partnership_key IN (SELECT partnership_key FROM fact_partnerships WHERE NOT is_completed AND NOT is_lost)
      AND toInt32(toDate32(activity_timestamp)) < today
    GROUP BY partnership_key
  )
SELECT
  h.partnership_id AS partnership_id,
  h.tenant_id AS tenant_id,
  h.stage AS stage,
  toInt32(toDate32(h.entered_stage_at)) AS entered,
  toInt32(greatest(0, today - entered)) AS stage_days,
  toInt32(greatest(0, today - greatest(entered, ifNull(a.day, entered)))) AS quiet_days,
  p.deal_value AS deal_value,
  p.currency AS currency,
  p.deal_value_reporting AS value_reporting,
  arrayMap(score -> toFloat64(score), k.latest.2) AS scores
FROM insight_deal_health AS h
INNER JOIN fact_partnerships AS p ON p.partnership_id = h.partnership_id
LEFT JOIN known_score AS k ON k.partnership_id = h.partnership_id
LEFT JOIN active AS a ON a.partnership_key = p.partnership_key
ORDER BY partnership_id
