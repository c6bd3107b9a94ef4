-- Grain: one row per day, tenant of the deal, dimension and its value, where something happened; no row for a day without.
-- dimension: all (value ''), partnership_type, entity (id as text), industry, tier. A deal counts once for every value that one of
-- its sides has: in full for both entities, once for an industry or tier that both share. Only rows of ONE dimension may be added,
-- and of entity, industry and tier only those of one value: their values overlap.
-- deals_created: by creation day. deals_won, deals_lost: by the day of the outcome (agg_deal_timeline). value_*: sums of the same
-- deals in the reporting currency; a deal without a rate is counted and has no value. deals_without_rate: of deals_created.
-- Open at the end of day D = sum(deals_created - deals_won - deals_lost) of the days up to D. Deleted deals are left out.
-- Expected rows at 1 M partnerships over 10 years: 10 M (entity 3.5 M), a few thousand per dimension value that is asked for.
-- Few bytes a row before it is grouped: every deal becomes some eight of them at each of its moments, most of them an entity's.
WITH moments AS (
  SELECT created_date_key AS date_key, tenant_id, 'created' AS moment, value, partnership_type, entity_ids, industries, tiers
  FROM agg_deal_timeline
  WHERE {{ changed(created_date_key) }}
  UNION ALL
  SELECT assumeNotNull(closed_date_key), tenant_id, if(is_completed, 'won', 'lost'), value, partnership_type, entity_ids, industries, tiers
  FROM agg_deal_timeline
  WHERE closed_date_key IS NOT NULL AND {{ changed(closed_date_key) }}
)
SELECT
  date_key,
  tenant_id,
  member.1 AS dimension,
  if(dimension = 'entity', toString(member.3), member.2) AS dimension_value,
  toUInt32(sum(is_created)) AS deals_created,
  toUInt32(sum(is_won)) AS deals_won,
  toUInt32(sum(is_lost)) AS deals_lost,
  sum(if(is_created, worth, 0)) AS value_created,
  sum(if(is_won, worth, 0)) AS value_won,
  sum(if(is_lost, worth, 0)) AS value_lost,
  toUInt32(sum(is_without_rate)) AS deals_without_rate
FROM (
  SELECT
    date_key,
    tenant_id,
    moment = 'created' AS is_created,
    moment = 'won' AS is_won,
    moment = 'lost' AS is_lost,
    ifNull(value, 0) AS worth,
    is_created AND value IS NULL AS is_without_rate,
    toUUID('00000000-0000-0000-0000-000000000000') AS nobody,
    arrayJoin(arrayConcat(
      [('all', '', nobody), ('partnership_type', toString(partnership_type), nobody)],
      arrayMap(id -> ('entity', '', id), entity_ids),
      arrayMap(name -> ('industry', name, nobody), industries),
      arrayMap(name -> ('tier', name, nobody), tiers)
    )) AS member
  FROM moments
)
GROUP BY date_key, tenant_id, member.1, member.2, member.3
