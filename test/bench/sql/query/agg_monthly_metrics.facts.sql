-- The question of agg_monthly_metrics.sql over the facts (whom it is asked of stands in an aggregate).
WITH
  closed AS (
    SELECT partnership_key, to_stage_key, max(event_timestamp) AS entered_at
    FROM fact_deal_events
    GROUP BY partnership_key, to_stage_key
  ),
  won AS (
    SELECT p.*, toUInt32(toYYYYMMDD(greatest(ifNull(c.entered_at, p.updated_at), p.created_at))) AS closed_date_key
    FROM fact_partnerships AS p
    LEFT JOIN closed AS c ON c.partnership_key = p.partnership_key AND c.to_stage_key = p.current_stage_key
    WHERE NOT p.is_deleted AND p.is_completed
  )
SELECT toString(makeDate32(intDiv(closed_date_key, 10000), intDiv(closed_date_key, 100) % 100, 1)) AS month, tier, toUInt32(count()) AS won
FROM (
  SELECT w.closed_date_key, arrayJoin(arrayDistinct([toString(e1.tier), toString(e2.tier)])) AS tier
  FROM won AS w
  INNER JOIN dim_entity AS e1 ON e1.entity_key = w.entity1_key
  INNER JOIN dim_entity AS e2 ON e2.entity_key = w.entity2_key
  WHERE w.tenant_id = (SELECT tenant_id FROM agg_success_roi ORDER BY deals DESC, entity_id LIMIT 1)
)
GROUP BY month, tier
ORDER BY month, tier
