-- Grain: one row per day, tenant of the deal, dimension and its value, where something happened; no row for a day without.
-- dimension: all (value ''), partnership_type, entity (id as text), industry, tier. A deal counts once for every value that one of
-- its sides has: in full for both entities, once for an industry or tier that both share. Only rows of ONE dimension may be added,
-- and of entity, industry and tier only those of one value: their values overlap.
-- deals_created: by creation day. deals_won, deals_lost: by the day of the outcome (agg_deal_timeline). value_*: sums of the same
-- deals in the reporting currency; a deal without a rate is counted and has no value. deals_without_rate: of deals_created.
-- Open at the end of day D = sum(deals_created - deals_won - deals_lost) of the days up to D. Deleted deals are left out.
-- Expected rows at 1 M partnerships over 10 years: 10 M (entity 3.5 M), a few thousand per dimension value that is asked for.
WITH moments AS (
  SELECT created_date_key AS date_key, 'created' AS moment, *
  FROM agg_deal_timeline
  WHERE {{ changed(created_date_key) }}
  UNION ALL
  SELECT assumeNotNull(closed_date_key) AS date_key, if(is_completed, 'won', 'lost') AS moment, *
  FROM agg_deal_timeline
  WHERE closed_date_key IS NOT NULL AND {{ changed(closed_date_key) }}
)
SELECT
  date_key,
  tenant_id,
  member.1 AS dimension,
  member.2 AS dimension_value,
  toUInt32(countIf(moment = 'created')) AS deals_created,
  toUInt32(countIf(moment = 'won')) AS deals_won,
  toUInt32(countIf(moment = 'lost')) AS deals_lost,
  ifNull(sumIf(value, moment = 'created'), 0) AS value_created,
  ifNull(sumIf(value, moment = 'won'), 0) AS value_won,
  ifNull(sumIf(value, moment = 'lost'), 0) AS value_lost,
  toUInt32(countIf(moment = 'created' AND value IS NULL)) AS deals_without_rate
FROM (
  SELECT
    date_key, tenant_id, moment, value,
    arrayJoin(arrayConcat(
      [('all', ''), ('partnership_type', toString(partnership_type))],
      arrayMap(id -> ('entity', toString(id)), entity_ids),
      arrayMap(name -> ('industry', name), industries),
      arrayMap(name -> ('tier', name), tiers)
    )) AS member
  FROM moments
)
GROUP BY date_key, tenant_id, dimension, dimension_value
