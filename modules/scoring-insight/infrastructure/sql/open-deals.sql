-- Open deals with their current stage visit. Grain: one row an open, not deleted partnership.
-- partnerships.stage decides which stage a deal is in; it entered with the last event into that stage.
-- stage_visit counts the entries into that stage alone (fact_deal_events numbers the visits of all stages): an event of
-- another stage that comes late must not turn a known stall into a new one. Where no event tells of the stage, the deal
-- counts from its creation, on the first visit, and stays on it when the event comes. entered_day and today are dates in
-- the owner's zone, as days since 1970-01-01, read as in stage-visits.sql: history and alerts have one clock.
-- Parameters: as_of String (ISO 8601 instant).
WITH
  parseDateTime64BestEffort({as_of: String}, 6, 'UTC') AS now,
  open_deal AS (
    SELECT * FROM fact_partnerships WHERE NOT is_completed AND NOT is_lost AND NOT is_deleted
  ),
  visit AS (
    SELECT
      e.partnership_key AS partnership_key,
      countIf(e.to_stage_key = p.current_stage_key) AS entries,
      maxIf(e.event_timestamp, e.to_stage_key = p.current_stage_key) AS last_entry_at
    FROM fact_deal_events AS e
    INNER JOIN open_deal AS p ON p.partnership_key = e.partnership_key
    GROUP BY e.partnership_key
  ),
  current_name AS (
    SELECT entity_id, any(entity_name) AS entity_name FROM dim_entity WHERE is_current AND entity_key != 0 GROUP BY entity_id
  ),
  entity AS (
    SELECT v.entity_key AS entity_key, n.entity_name AS entity_name
    FROM dim_entity AS v
    INNER JOIN current_name AS n ON n.entity_id = v.entity_id
    WHERE v.entity_key != 0
  ),
  owner AS (
    SELECT *, time_zone NOT IN (SELECT time_zone FROM system.time_zones) AS zone_is_unknown
    FROM dim_user
    WHERE user_key != 0
  )
SELECT
  p.partnership_id AS partnership_id,
  p.tenant_id AS tenant_id,
  s.stage_name AS stage,
  toUInt32(greatest(ifNull(v.entries, 0), 1)) AS stage_visit,
  if(ifNull(v.entries, 0) > 0, v.last_entry_at, p.created_at) AS entered_stage_at,
  p.partnership_type AS partnership_type,
  if(ifNull(u.zone_is_unknown, true), 'UTC', assumeNotNull(u.time_zone)) AS zone,
  toInt32(toDate32(formatDateTime(entered_stage_at, '%F', zone))) AS entered_day,
  toInt32(toDate32(formatDateTime(now, '%F', zone))) AS today,
  toBool(ifNull(u.zone_is_unknown, false)) AS zone_is_unknown,
  p.deal_value AS deal_value,
  p.currency AS currency,
  u.user_id AS owner_user_id,
  u.full_name AS owner_name,
  u.slack_user_id AS owner_slack_user_id,
  u.time_zone AS owner_time_zone,
  e1.entity_name AS partner1_name,
  e2.entity_name AS partner2_name
FROM open_deal AS p
INNER JOIN dim_deal_stage AS s ON s.stage_key = p.current_stage_key
LEFT JOIN visit AS v ON v.partnership_key = p.partnership_key
LEFT JOIN owner AS u ON u.user_key = p.owner_user_key
LEFT JOIN entity AS e1 ON e1.entity_key = p.entity1_key
LEFT JOIN entity AS e2 ON e2.entity_key = p.entity2_key
ORDER BY partnership_id
