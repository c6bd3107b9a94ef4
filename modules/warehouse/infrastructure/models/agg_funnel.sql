-- Grain: one row per scope (platform, tenant), tenant (nil for the platform), dimension (all, partnership_type), its value and stage.
-- The path: the open stages in their order, then the won ones; path_position numbers it from 1, lost stages and the unknown one (key 0)
-- are off the path (0). A deal's furthest position is the highest of: the first stage (every deal began there), the stage it stands in,
-- every stage an event led into or out of. Coming back to a stage changes nothing, leaving one for an earlier one neither.
-- reached: deals whose furthest position is this one or later, so a skipped stage counts as reached. advanced: those whose furthest
-- is later. conversion_to_next = advanced / reached, null for the last stage of the path. won: deals of reached that are won now;
-- conversion_to_won = won / reached. lost_here: deals lost now whose furthest is this stage. On the path only; 0 and null off it.
-- entered: deals with a visit (an event into the stage) or standing in it. open_here: deals without an outcome that stand in it.
-- visits: events into the stage. completed_visits: those after which the deal moved on; median_days, p25, p75, p90: of their elapsed
-- time in 86,400 s days, interpolated (type 7), null without one. A visit that still runs is not among them: read the days as what
-- finished visits took. Deleted deals are left out. Expected rows: stages * (1 + types) * (1 + tenants), 72,000 at 1,000 tenants.
WITH
  (
    SELECT groupArray(stage_key)
    FROM (SELECT stage_key FROM dim_deal_stage WHERE outcome IN ('open', 'won') ORDER BY outcome = 'won', stage_order)
  ) AS path,
  -- Few rows stand for all deals from here on: how many deals of a kind got how far, how long their visits took.
  kinds AS (
    SELECT
      tenant_id, partnership_type, is_completed, is_lost,
      greatest(1, arrayMax(arrayMap(stage -> indexOf(path, stage), stood_in))) AS position,
      count() AS deals
    FROM agg_deal_timeline
    GROUP BY tenant_id, partnership_type, is_completed, is_lost, position
  ),
  parts AS (
    SELECT
      tenant_id, partnership_type, stage.1 AS stage_key,
      if(position >= stage.2, deals, 0) AS reached,
      if(position > stage.2, deals, 0) AS advanced,
      if(position >= stage.2 AND is_completed, deals, 0) AS won,
      if(position = stage.2 AND is_lost, deals, 0) AS lost_here,
      0 AS entered, 0 AS open_here, 0 AS visits, CAST([], 'Array(Float64)') AS days
    FROM (SELECT *, arrayJoin(arrayZip(path, arrayEnumerate(path))) AS stage FROM kinds)
    UNION ALL
    SELECT tenant_id, partnership_type, current_stage_key, 0, 0, 0, 0, 0, countIf(NOT is_completed AND NOT is_lost), 0, []
    FROM agg_deal_timeline
    GROUP BY tenant_id, partnership_type, current_stage_key
    UNION ALL
    SELECT tenant_id, partnership_type, arrayJoin(arrayDistinct(arrayPushBack(visited_stages, current_stage_key))) AS stage_key, 0, 0, 0, 0, count(), 0, 0, []
    FROM agg_deal_timeline
    GROUP BY tenant_id, partnership_type, stage_key
    UNION ALL
    SELECT tenant_id, partnership_type, arrayJoin(visited_stages) AS stage_key, 0, 0, 0, 0, 0, 0, count(), []
    FROM agg_deal_timeline
    GROUP BY tenant_id, partnership_type, stage_key
    UNION ALL
    SELECT tenant_id, partnership_type, visit.1 AS stage_key, 0, 0, 0, 0, 0, 0, 0, groupArray(visit.2)
    FROM (
      SELECT tenant_id, partnership_type, arrayJoin(arrayZip(arrayPopBack(visited_stages), visit_days)) AS visit
      FROM agg_deal_timeline
    )
    GROUP BY tenant_id, partnership_type, stage_key
  ),
  sums AS (
    SELECT
      if(grouping(tenant_id) = 0, 'tenant', 'platform') AS scope,
      tenant_id,
      if(grouping(partnership_type) = 0, 'partnership_type', 'all') AS dimension,
      toString(partnership_type) AS dimension_value,
      stage_key,
      toUInt32(sum(reached)) AS reached,
      toUInt32(sum(advanced)) AS advanced,
      toUInt32(sum(won)) AS won,
      toUInt32(sum(lost_here)) AS lost_here,
      toUInt32(sum(entered)) AS entered,
      toUInt32(sum(open_here)) AS open_here,
      toUInt32(sum(visits)) AS visits,
      toUInt32(sum(length(days))) AS completed_visits,
      quantilesExactInclusiveArray(0.25, 0.5, 0.75, 0.9)(days) AS quantiles
    FROM parts
    GROUP BY GROUPING SETS ((stage_key), (stage_key, partnership_type), (stage_key, tenant_id), (stage_key, tenant_id, partnership_type))
  )
SELECT
  scope,
  tenant_id,
  dimension,
  dimension_value,
  stage_key,
  toUInt16(indexOf(path, stage_key)) AS path_position,
  reached,
  advanced,
  won,
  lost_here,
  if(path_position = length(path) OR reached = 0, NULL, advanced / reached) AS conversion_to_next,
  if(reached = 0, NULL, won / reached) AS conversion_to_won,
  entered,
  open_here,
  visits,
  completed_visits,
  if(completed_visits = 0, NULL, quantiles[1]) AS p25_days,
  if(completed_visits = 0, NULL, quantiles[2]) AS median_days,
  if(completed_visits = 0, NULL, quantiles[3]) AS p75_days,
  if(completed_visits = 0, NULL, quantiles[4]) AS p90_days
FROM sums
