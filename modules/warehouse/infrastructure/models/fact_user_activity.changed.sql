-- Activities that a change touches: new and changed ones, those at entities with other versions, those of users who left, those that
-- waited for a user, an entity or a deal.
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
  ),
  left_users AS (
    SELECT user_key
    FROM {{ delta(dim_user) }}
    GROUP BY user_key
    HAVING sum(_sign) < 0
  )
SELECT id AS key FROM raw_user_activity WHERE {{ since(raw_user_activity) }}
UNION ALL
SELECT a.id
FROM raw_user_activity AS a
INNER JOIN moved AS m ON m.entity_id = a.target_entity_id
WHERE a.occurred_at >= m.moved_since AND a.occurred_at >= (SELECT min(moved_since) FROM moved)
UNION ALL
SELECT a.activity_id
FROM fact_user_activity AS a
INNER JOIN left_users AS u ON u.user_key = a.user_key
UNION ALL
SELECT activity_id
FROM fact_user_activity
WHERE _waiting AND ({{ moved(dim_user) }} OR {{ moved(dim_entity) }} OR {{ moved(raw_partnerships) }})
