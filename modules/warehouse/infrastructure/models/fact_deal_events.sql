-- Grain: one row per stage change. stage_visit numbers a deal's visits 1, 2, 3 ... by (occurred_at, id);
-- days_in_previous_stage is elapsed time (86,400 s days) since the event before, null for a deal's first event.
-- An event whose deal has not arrived joins partnership key 0 and keeps its place in the deal's own history.
WITH
  events AS (
    SELECT *
    FROM (
      SELECT *
      FROM raw_deal_events
      WHERE {{ full }} OR id IN (SELECT id FROM raw_deal_events WHERE {{ changed(partnership_id) }})
      ORDER BY id, _version_at DESC, _extracted_at DESC, _row_hash
      LIMIT 1 BY id
    )
    WHERE NOT _deleted AND {{ changed(partnership_id) }}
  ),
  history AS (
    SELECT
      *,
      toUInt32(row_number() OVER (PARTITION BY partnership_id ORDER BY occurred_at, id)) AS visit,
      lagInFrame(toNullable(occurred_at)) OVER (PARTITION BY partnership_id ORDER BY occurred_at, id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS occurred_before
    FROM events
  )
SELECT
  sipHash64(h.id) AS event_key,
  h.id AS event_id,
  if(p.partnership_id IS NULL, 0, sipHash64(h.partnership_id)) AS partnership_key,
  toUInt32(toYYYYMMDD(h.occurred_at)) AS event_date_key,
  ifNull(stage_from.stage_key, 0) AS from_stage_key,
  ifNull(stage_to.stage_key, 0) AS to_stage_key,
  h.visit AS stage_visit,
  dateDiff('microsecond', h.occurred_before, h.occurred_at) / 86400000000 AS days_in_previous_stage,
  ifNull(actor.entity_key, 0) AS actor_entity_key,
  h.occurred_at AS event_timestamp,
  h.partnership_id AS _partnership_id
FROM history AS h
LEFT JOIN (SELECT DISTINCT id AS partnership_id FROM raw_partnerships WHERE {{ changed(id) }}) AS p ON p.partnership_id = h.partnership_id
LEFT JOIN dim_deal_stage AS stage_from ON stage_from.stage_name = h.from_stage
LEFT JOIN dim_deal_stage AS stage_to ON stage_to.stage_name = h.to_stage
ASOF LEFT JOIN dim_entity AS actor ON actor.entity_id = h.actor_entity_id AND h.occurred_at >= actor.valid_from
