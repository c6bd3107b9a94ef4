-- Grain: one row per partnership that is not deleted: when it began and ended, between whom, what it is worth. Every figure about
-- deals by entity, industry, tier, type or value is read from here, so that a deal counts the same everywhere.
-- closed_date_key: day (UTC) of the outcome: the last event into the deal's current stage, its last update where no event says,
-- never before its creation; null while open. A stage that nobody declared has no outcome: such a deal counts as open.
-- days_to_won: calendar days from creation to that day, null unless won. days_to_signed, days_to_active: as the fact has them.
-- entity_ids, industries, tiers: of the two sides, each value once (two sides of one industry are one industry), as of the entity
-- version that the fact joined; an unknown side is the nil uuid, 'unknown', 'unknown'. value: reporting currency, null without a rate.
-- value_band: of that value, lower bound included.
-- visited_stages, visit_months (yyyymm): of each event in the order of visits, the stage it led into and its month. visit_days: elapsed
-- 86,400 s days of each visit that ended, all but the last. stood_in: every stage an event led into or out of and the current one, each
-- once, by key: what is asked about a deal's way needs no search through all events. Expected rows at 1 M partnerships: 1 M.
WITH
  -- Arrays of one deal keep one order of rows; visits puts all of them into that of the visits.
  histories AS (
    SELECT
      partnership_key,
      groupArray(stage_visit) AS visits,
      arraySort((stage, visit) -> visit, groupArray(to_stage_key), visits) AS visited_stages,
      arraySort((month, visit) -> visit, groupArray(intDiv(event_date_key, 100)), visits) AS visit_months,
      arrayPopFront(arraySort((days, visit) -> visit, groupArray(ifNull(days_in_previous_stage, 0)), visits)) AS visit_days,
      groupArray(from_stage_key) AS left_stages,
      arraySort((entered, visit) -> visit, groupArray(event_timestamp), visits) AS entered_at
    FROM fact_deal_events
    WHERE partnership_key != 0 AND {{ changed(partnership_key) }}
    GROUP BY partnership_key
  ),
  entities AS (
    SELECT entity_key, entity_id, toString(industry) AS industry, toString(tier) AS tier
    FROM dim_entity
  )
SELECT
  p.partnership_key,
  p.tenant_id,
  p.partnership_type,
  p.current_stage_key,
  p.is_completed,
  p.is_lost,
  p.is_successful,
  p.created_date_key,
  if(
    p.is_completed OR p.is_lost,
    toUInt32(toYYYYMMDD(greatest(
      if(has(h.visited_stages, p.current_stage_key), arrayMax((entered, stage) -> if(stage = p.current_stage_key, entered, p.created_at), h.entered_at, h.visited_stages), p.updated_at),
      p.created_at
    ) AS closed_at)),
    NULL
  ) AS closed_date_key,
  p.days_to_signed,
  p.days_to_active,
  if(
    p.is_completed,
    toInt32(dateDiff('day', p.created_at, closed_at)),
    NULL
  ) AS days_to_won,
  p.deal_value_reporting AS value,
  multiIf(
    value IS NULL, 'no_rate',
    value < 10000, 'under_10k',
    value < 50000, '10k_to_50k',
    value < 250000, '50k_to_250k',
    value < 1000000, '250k_to_1m',
    '1m_and_more'
  ) AS value_band,
  arrayDistinct([
    ifNull(e1.entity_id, toUUID('00000000-0000-0000-0000-000000000000')),
    ifNull(e2.entity_id, toUUID('00000000-0000-0000-0000-000000000000'))
  ]) AS entity_ids,
  arrayDistinct([ifNull(e1.industry, 'unknown'), ifNull(e2.industry, 'unknown')]) AS industries,
  arrayDistinct([ifNull(e1.tier, 'unknown'), ifNull(e2.tier, 'unknown')]) AS tiers,
  h.visited_stages AS visited_stages,
  h.visit_months AS visit_months,
  h.visit_days AS visit_days,
  arraySort(arrayDistinct(arrayConcat(h.visited_stages, h.left_stages, [p.current_stage_key]))) AS stood_in
FROM fact_partnerships AS p
LEFT JOIN histories AS h ON h.partnership_key = p.partnership_key
LEFT JOIN entities AS e1 ON e1.entity_key = p.entity1_key
LEFT JOIN entities AS e2 ON e2.entity_key = p.entity2_key
WHERE NOT p.is_deleted AND {{ changed(p.partnership_key) }}
