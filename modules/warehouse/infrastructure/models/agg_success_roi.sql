-- Grain: one row per entity with a deal (all its versions together; a deal between an entity and itself once), the unknown entity (nil
-- uuid) among them. entity_type, industry, tier and tenant_id are those of its current version.
-- deals: not deleted, of the entity. outcomes = deals_won + deals_lost. success_rate = successes / outcomes (a success is a deal won
-- with a score of 3.5 or more: is_successful), win_rate = deals_won / outcomes, both null without an outcome. value_won: of won deals, in
-- the reporting currency, a deal without a rate left out. value_per_outcome = value_won / outcomes, rounded to cents: what a deal that
-- came to an end brought on average, lost ones included; null without an outcome.
-- roi: no source knows what was spent on one entity, so this is an allocation. Each won deal is charged the acquisition cost per won deal
-- of the month of its outcome (agg_monthly_economics, reporting currency); roi = (value - cost) / cost over the won deals that have
-- both a value and such a cost (roi_deals), null where their cost is zero. It says what the entity's wins are worth against the average
-- effort of their months. Whether this entity took more effort than others it cannot say. Both sides of a deal are charged in full.
-- industry_*: the same over all deals with a side that was of the entity's industry when the deal was made (each deal once, the entity's
-- own among them); 0 and null where there is none. *_difference = entity - industry, null where one of them is.
-- Industries span tenants and small ones are not withheld: what a tenant may see of its peers are the benchmarks.
-- Expected rows at 1 M partnerships: as many as entities with a deal, some 100,000.
WITH
  deals AS (
    SELECT
      d.entity_ids AS entity_ids,
      d.industries AS industries,
      d.is_completed AS is_completed,
      d.is_lost AS is_lost,
      d.is_successful AS is_successful,
      if(d.is_completed, d.value, NULL) AS won_value,
      if(won_value IS NULL, NULL, m.cost_per_won_deal) AS cost,
      if(cost IS NULL, NULL, won_value) AS charged_value
    FROM agg_deal_timeline AS d
    LEFT JOIN (
      SELECT toUInt32(toYYYYMM(month)) AS month_key, cost_per_won_deal
      FROM agg_monthly_economics
      WHERE basis = 'reporting'
    ) AS m ON m.month_key = intDiv(d.closed_date_key, 100)
  ),
  measured AS (
    SELECT
      subject,
      toUInt32(count()) AS deals,
      toUInt32(countIf(is_completed)) AS deals_won,
      toUInt32(countIf(is_lost)) AS deals_lost,
      deals_won + deals_lost AS outcomes,
      toUInt32(countIf(ifNull(is_successful, false))) AS successes,
      if(outcomes = 0, NULL, successes / outcomes) AS success_rate,
      if(outcomes = 0, NULL, deals_won / outcomes) AS win_rate,
      ifNull(sum(won_value), 0) AS value_won,
      if(outcomes = 0, NULL, toDecimal128(round(toDecimal128(value_won, 8) / outcomes, 2), 2)) AS value_per_outcome,
      toUInt32(count(cost)) AS roi_deals,
      ifNull(sum(cost), 0) AS allocated_cost,
      if(allocated_cost = 0, NULL, toFloat64(ifNull(sum(charged_value), 0) - allocated_cost) / toFloat64(allocated_cost)) AS roi
    FROM (
      SELECT *, arrayJoin(arrayConcat(arrayMap(id -> ('entity', toString(id)), entity_ids), arrayMap(name -> ('industry', name), industries))) AS subject
      FROM deals
    )
    GROUP BY subject
  )
SELECT
  e.entity_id,
  e.tenant_id,
  e.entity_type,
  e.industry,
  e.tier,
  m.deals,
  m.deals_won,
  m.deals_lost,
  m.successes,
  m.success_rate,
  m.win_rate,
  m.value_won,
  m.value_per_outcome,
  m.roi_deals,
  m.allocated_cost,
  m.roi,
  ifNull(i.deals, 0) AS industry_deals,
  ifNull(i.deals_won, 0) AS industry_deals_won,
  ifNull(i.deals_lost, 0) AS industry_deals_lost,
  i.success_rate AS industry_success_rate,
  i.win_rate AS industry_win_rate,
  ifNull(i.value_won, 0) AS industry_value_won,
  i.value_per_outcome AS industry_value_per_outcome,
  i.roi AS industry_roi,
  m.success_rate - i.success_rate AS success_rate_difference,
  m.value_per_outcome - i.value_per_outcome AS value_per_outcome_difference,
  m.roi - i.roi AS roi_difference
FROM (SELECT * FROM measured WHERE subject.1 = 'entity') AS m
INNER JOIN (SELECT *, ('entity', toString(entity_id)) AS subject FROM dim_entity WHERE is_current) AS e ON e.subject = m.subject
LEFT JOIN (SELECT * FROM measured WHERE subject.1 = 'industry') AS i ON i.subject = ('industry', toString(e.industry))
