-- Scores that a change touches: new and changed ones, those of entities with other versions, those that waited for an entity.
WITH
  -- Entities of which a later version came, went or moved, with the instant from which that matters. The first version of an
  -- entity that has just arrived concerns waiting rows alone.
  moved AS (
    SELECT entity_id, min(valid_from) AS moved_since
    FROM (
      SELECT entity_id, entity_key, valid_from
      FROM {{ delta(dim_entity) }}
      WHERE version > 1
      GROUP BY entity_id, entity_key, valid_from
      HAVING sum(_sign) != 0
    )
    GROUP BY entity_id
  )
SELECT id AS key FROM raw_affinity_scores WHERE {{ since(raw_affinity_scores) }}
UNION ALL
SELECT s.id
FROM raw_affinity_scores AS s
INNER JOIN moved AS m ON m.entity_id = s.entity1_id
WHERE s.computed_at >= m.moved_since AND s.computed_at >= (SELECT min(moved_since) FROM moved)
UNION ALL
SELECT s.id
FROM raw_affinity_scores AS s
INNER JOIN moved AS m ON m.entity_id = s.entity2_id
WHERE s.computed_at >= m.moved_since AND s.computed_at >= (SELECT min(moved_since) FROM moved)
UNION ALL
SELECT affinity_id FROM fact_affinity_scores WHERE _waiting AND {{ moved(dim_entity) }}
