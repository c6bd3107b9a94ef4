-- Grain: one row per day, tenant and partnership type. Created by creation day; won and lost by the day of the event into the
-- closing stage (the update day where no event says). Values in the reporting currency, deals without a rate left out of them.
WITH
  closed AS (
    SELECT e.partnership_key AS partnership_key, max(e.event_timestamp) AS closed_at
    FROM fact_deal_events AS e
    INNER JOIN dim_deal_stage AS s ON s.stage_key = e.to_stage_key
    WHERE e.partnership_key != 0 AND s.outcome IN ('won', 'lost')
    GROUP BY e.partnership_key
  ),
  moments AS (
    SELECT created_date_key AS date_key, tenant_id, partnership_type, 1 AS created, 0 AS won, 0 AS lost, deal_value_reporting AS value
    FROM fact_partnerships
    WHERE NOT is_deleted
    UNION ALL
    SELECT toUInt32(toYYYYMMDD(ifNull(c.closed_at, p.updated_at))), p.tenant_id, p.partnership_type, 0, p.is_completed, p.is_lost, p.deal_value_reporting
    FROM fact_partnerships AS p
    LEFT JOIN closed AS c ON c.partnership_key = p.partnership_key
    WHERE NOT p.is_deleted AND (p.is_completed OR p.is_lost)
  )
SELECT
  date_key,
  tenant_id,
  partnership_type,
  toUInt32(sum(created)) AS deals_created,
  toUInt32(sum(won)) AS deals_won,
  toUInt32(sum(lost)) AS deals_lost,
  ifNull(sumIf(value, created = 1), 0) AS value_created,
  ifNull(sumIf(value, won = 1), 0) AS value_won
FROM moments
GROUP BY date_key, tenant_id, partnership_type
