-- Open deals with their current stage visit. Grain: one row an open, not deleted partnership.
-- partnerships.stage decides which stage a deal is in; it entered with the last event into that stage, by (time, id).
-- Where no event tells of it, the deal counts from its creation, on the visit that the missing event will have when it
-- comes late: an alert about that visit is then the same alert.
WITH
  open_deal AS (
    SELECT * FROM fact_partnerships WHERE NOT is_completed AND NOT is_lost AND NOT is_deleted
  ),
  visit AS (
    SELECT
      e.partnership_key AS partnership_key,
      max(e.stage_visit) AS last_visit,
      countIf(e.to_stage_key = p.current_stage_key) AS entries,
      argMaxIf((e.stage_visit, e.event_timestamp), (e.event_timestamp, e.event_id), e.to_stage_key = p.current_stage_key) AS entry
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
  )
SELECT
  p.partnership_id AS partnership_id,
  p.tenant_id AS tenant_id,
  s.stage_name AS stage,
  toUInt32(if(ifNull(v.entries, 0) > 0, v.entry.1, ifNull(v.last_visit, 0) + 1)) AS stage_visit,
  if(ifNull(v.entries, 0) > 0, v.entry.2, p.created_at) AS entered_stage_at,
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
LEFT JOIN (SELECT * FROM dim_user WHERE user_key != 0) AS u ON u.user_key = p.owner_user_key
LEFT JOIN entity AS e1 ON e1.entity_key = p.entity1_key
LEFT JOIN entity AS e2 ON e2.entity_key = p.entity2_key
ORDER BY partnership_id
