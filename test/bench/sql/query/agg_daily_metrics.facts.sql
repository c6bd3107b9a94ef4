-- The question of agg_daily_metrics.sql over the facts (whom it is asked of stands in an aggregate).
WITH
  versions AS (
    SELECT entity_key
    FROM dim_entity
    WHERE entity_id = (SELECT entity_id FROM agg_success_roi ORDER BY deals DESC, entity_id LIMIT 1)
  )
SELECT created_date_key AS date_key, count() AS created, ifNull(sum(deal_value_reporting), 0) AS value
FROM fact_partnerships
WHERE NOT is_deleted AND (entity1_key IN (SELECT entity_key FROM versions) OR entity2_key IN (SELECT entity_key FROM versions))
GROUP BY date_key
ORDER BY date_key
