-- How the closed deals of two entities ended. Grain: one row an unordered pair of current entities, the smaller id first.
-- Ids are compared as text, like everywhere outside: ClickHouse orders UUIDs by their second half.
-- A deal's outcome happened at the last event into its stage, at its last update where there is no such event.
-- Parameters: target Identifier, as_of String (ISO 8601 instant).
INSERT INTO {target: Identifier} (entity1_id, entity2_id, partnerships, successes, rate, last_outcome_at, as_of)
WITH
  entity AS (
    SELECT entity_key, entity_id
    FROM dim_entity
    WHERE entity_key != 0
      AND entity_id IN (SELECT entity_id FROM dim_entity WHERE is_current AND NOT is_deleted)
  ),
  entered AS (
    SELECT partnership_key, to_stage_key, max(event_timestamp) AS entered_at
    FROM fact_deal_events
    GROUP BY partnership_key, to_stage_key
  ),
  outcome AS (
    SELECT
      least(toString(e1.entity_id), toString(e2.entity_id)) AS low_id,
      greatest(toString(e1.entity_id), toString(e2.entity_id)) AS high_id,
      assumeNotNull(p.is_successful) AS is_successful,
      ifNull(v.entered_at, p.updated_at) AS happened_at
    FROM fact_partnerships AS p
    INNER JOIN entity AS e1 ON e1.entity_key = p.entity1_key
    INNER JOIN entity AS e2 ON e2.entity_key = p.entity2_key
    LEFT JOIN entered AS v ON v.partnership_key = p.partnership_key AND v.to_stage_key = p.current_stage_key
    WHERE NOT p.is_deleted AND p.is_successful IS NOT NULL AND e1.entity_id != e2.entity_id
  )
SELECT
  toUUID(low_id) AS entity1_id,
  toUUID(high_id) AS entity2_id,
  count() AS partnerships,
  countIf(is_successful) AS successes,
  successes / partnerships AS rate,
  max(happened_at) AS last_outcome_at,
  parseDateTime64BestEffort({as_of: String}, 6, 'UTC')
FROM outcome
GROUP BY low_id, high_id
ORDER BY entity1_id, entity2_id
