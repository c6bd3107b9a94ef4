-- Deals that a change touches: their own, of their events, and those of an entity version whose attributes are others now.
WITH versions AS (
  SELECT entity_key
  FROM {{ delta(dim_entity) }}
  GROUP BY entity_key, entity_id, industry, tier
  HAVING sum(_sign) != 0
)
SELECT partnership_key AS key FROM {{ delta(fact_partnerships) }}
UNION ALL
SELECT partnership_key FROM {{ delta(fact_deal_events) }} WHERE partnership_key != 0
UNION ALL
SELECT partnership_key
FROM fact_partnerships
WHERE entity1_key IN (SELECT entity_key FROM versions) OR entity2_key IN (SELECT entity_key FROM versions)
