-- Visits of deals to open stages. Grain: one row a (deal, stage, entry); a stage entered again is another visit.
-- A visit ends with the deal's next event; with none it goes on, or was cut off when the deal was deleted (its last update).
-- Where the record's own stage is another one than the last event's, the deal left at a time that nobody knows: that last
-- visit is left out, and so is the stage of the record, whose beginning nobody knows. A deal without any event has been
-- in its stage since its creation, and one whose first event led out of a stage had been in that since then. Dates are those of the owner's zone; UTC without an owner or with an unknown zone.
-- Parameters: target Identifier, as_of String (ISO 8601 instant): nothing later is seen.
INSERT INTO {target: Identifier}
  (partnership_id, tenant_id, owner_user_id, partnership_type, stage, entered_at, left_at, exit, entered_day, last_day, as_of)
WITH
  parseDateTime64BestEffort({as_of: String}, 6, 'UTC') AS now,
  owner AS (
    SELECT user_key, user_id, if(time_zone IN (SELECT time_zone FROM system.time_zones), time_zone, 'UTC') AS zone
    FROM dim_user
    WHERE user_key != 0
  ),
  entry AS (
    SELECT
      partnership_key,
      to_stage_key AS stage_key,
      event_timestamp AS entered_at,
      leadInFrame(toNullable(event_timestamp)) OVER history AS next_at,
      leadInFrame(to_stage_key) OVER history AS next_stage_key
    FROM fact_deal_events
    WHERE partnership_key != 0
    WINDOW history AS (PARTITION BY partnership_key ORDER BY stage_visit ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    UNION ALL
    SELECT f.partnership_key, f.from_stage_key, p.created_at, toNullable(f.event_timestamp), f.to_stage_key
    FROM fact_deal_events AS f
    INNER JOIN fact_partnerships AS p ON p.partnership_key = f.partnership_key
    WHERE f.stage_visit = 1 AND f.from_stage_key != 0 AND p.created_at < f.event_timestamp
    UNION ALL
    SELECT partnership_key, current_stage_key, created_at, CAST(NULL, 'Nullable(DateTime64(6, \'UTC\'))'), toUInt64(0)
    FROM fact_partnerships
    WHERE partnership_key NOT IN (SELECT partnership_key FROM fact_deal_events)
  ),
  visit AS (
    SELECT
      p.partnership_id AS partnership_id,
      p.tenant_id AS tenant_id,
      o.user_id AS owner_user_id,
      ifNull(o.zone, 'UTC') AS zone,
      p.partnership_type AS partnership_type,
      s.stage_name AS stage,
      e.entered_at AS entered_at,
      if(e.next_at <= now, e.next_at, NULL) AS left_at,
      multiIf(
        left_at IS NOT NULL AND n.outcome = 'won', 'won',
        left_at IS NOT NULL AND n.outcome = 'lost', 'lost',
        left_at IS NOT NULL AND n.stage_order > s.stage_order, 'advanced',
        left_at IS NOT NULL, 'moved_back',
        e.next_at IS NULL AND p.is_deleted AND p.updated_at <= now, 'deleted',
        'open'
      ) AS exit,
      multiIf(left_at IS NOT NULL, left_at, exit = 'deleted', greatest(p.updated_at, e.entered_at), now) AS last_at
    FROM entry AS e
    INNER JOIN fact_partnerships AS p ON p.partnership_key = e.partnership_key
    INNER JOIN dim_deal_stage AS s ON s.stage_key = e.stage_key
    LEFT JOIN dim_deal_stage AS n ON n.stage_key = e.next_stage_key
    LEFT JOIN owner AS o ON o.user_key = p.owner_user_key
    WHERE s.outcome = 'open' AND e.entered_at <= now AND (e.next_at IS NOT NULL OR e.stage_key = p.current_stage_key)
  )
SELECT
  partnership_id,
  tenant_id,
  owner_user_id,
  partnership_type,
  stage,
  entered_at,
  left_at,
  exit,
  toInt32(toDate32(formatDateTime(entered_at, '%F', zone))) AS entered_day,
  toInt32(toDate32(formatDateTime(assumeNotNull(last_at), '%F', zone))) AS last_day,
  now
FROM visit
