-- The question of agg_success_roi.sql over the facts.
SELECT entity, toUInt32(countIf(is_completed)) AS deals_won, toUInt32(countIf(is_lost)) AS deals_lost, round(deals_won / (deals_won + deals_lost), 9) AS rate
FROM (
  SELECT p.is_completed, p.is_lost, arrayJoin(arrayDistinct([toString(e1.entity_id), toString(e2.entity_id)])) AS entity
  FROM fact_partnerships AS p
  INNER JOIN dim_entity AS e1 ON e1.entity_key = p.entity1_key
  INNER JOIN dim_entity AS e2 ON e2.entity_key = p.entity2_key
  WHERE NOT p.is_deleted
)
GROUP BY entity
ORDER BY deals_won DESC, entity
LIMIT 20
