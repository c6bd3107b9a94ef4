-- The question of agg_platform_metrics.sql over the facts.
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
SELECT intDiv(closed_date_key, 10000) AS year, industry, count() AS won, ifNull(sum(deal_value_reporting), 0) AS value
FROM (
  SELECT w.closed_date_key, w.deal_value_reporting, arrayJoin(arrayDistinct([toString(e1.industry), toString(e2.industry)])) AS industry
  FROM won AS w
  INNER JOIN dim_entity AS e1 ON e1.entity_key = w.entity1_key
  INNER JOIN dim_entity AS e2 ON e2.entity_key = w.entity2_key
)
GROUP BY year, industry
ORDER BY year, industry
