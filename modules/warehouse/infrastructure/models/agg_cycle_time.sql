-- Grain: one row per scope (platform, tenant), tenant (nil for the platform), dimension, its value and phase with at least one deal.
-- dimension: all (value ''), partnership_type, industry, tier, value_band (bounds in agg_deal_timeline). A deal counts once for every
-- industry or tier that one of its sides has.
-- phase, in calendar days (UTC): created_to_signed, created_to_active, created_to_won (days_to_* of agg_deal_timeline), signed_to_active,
-- active_to_won (differences of these; a stage skipped or taken in another order can make them negative, they are kept as they are).
-- n: deals that came through the phase; min, p25, median, p75, p90, max over them, interpolated (type 7). Deals under way are not
-- among them: read the days as what finished phases took. Expected rows: below 5 phases * 40 values * (1 + tenants), 200,000 at 1,000.
WITH
  -- Few rows from here on: the days of all deals of a tenant and value. groupArray leaves out deals that did not come through (null).
  spent AS (
    SELECT
      tenant_id,
      member.1 AS dimension,
      member.2 AS dimension_value,
      [
        ('created_to_signed', groupArray(days_to_signed)),
        ('created_to_active', groupArray(days_to_active)),
        ('created_to_won', groupArray(days_to_won)),
        ('signed_to_active', groupArray(days_to_active - days_to_signed)),
        ('active_to_won', groupArray(days_to_won - days_to_active))
      ] AS phases
    FROM (
      SELECT
        tenant_id, days_to_signed, days_to_active, days_to_won,
        arrayJoin(arrayConcat(
          [('all', ''), ('partnership_type', toString(partnership_type)), ('value_band', toString(value_band))],
          arrayMap(name -> ('industry', name), industries),
          arrayMap(name -> ('tier', name), tiers)
        )) AS member
      FROM agg_deal_timeline
    )
    GROUP BY tenant_id, member.1, member.2
  ),
  measured AS (
    SELECT
      if(grouping(tenant_id) = 0, 'tenant', 'platform') AS scope,
      tenant_id,
      dimension,
      dimension_value,
      phase,
      toUInt32(sum(length(days))) AS n,
      minArray(days) AS min_days,
      maxArray(days) AS max_days,
      quantilesExactInclusiveArray(0.25, 0.5, 0.75, 0.9)(days) AS quantiles
    FROM (SELECT tenant_id, dimension, dimension_value, step.1 AS phase, step.2 AS days FROM spent ARRAY JOIN phases AS step)
    GROUP BY GROUPING SETS ((dimension, dimension_value, phase), (tenant_id, dimension, dimension_value, phase))
    HAVING n > 0
  )
SELECT
  scope, tenant_id, dimension, dimension_value, phase, n, min_days,
  quantiles[1] AS p25_days,
  quantiles[2] AS median_days,
  quantiles[3] AS p75_days,
  quantiles[4] AS p90_days,
  max_days
FROM measured
