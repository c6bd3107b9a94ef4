-- Grain: one row per activity. The target entity joins the version valid then; unknown users, entities and deals join key 0
-- (_waiting, until they arrive).
WITH activity AS (
  SELECT *
  FROM (
    SELECT *
    FROM raw_user_activity
    WHERE {{ changed(id) }}
    ORDER BY id, _version_at DESC, _extracted_at DESC, _row_hash
    LIMIT 1 BY id
  )
  WHERE NOT _deleted
)
SELECT
  sipHash64(a.id) AS activity_key,
  a.id AS activity_id,
  if(u.user_id IS NULL, 0, sipHash64(a.user_id)) AS user_key,
  toUInt32(toYYYYMMDD(a.occurred_at)) AS activity_date_key,
  a.activity_type,
  ifNull(e.entity_key, 0) AS target_entity_key,
  if(p.id IS NULL, 0, sipHash64(assumeNotNull(a.partnership_id))) AS partnership_key,
  a.occurred_at AS activity_timestamp,
  (u.user_id IS NULL OR (a.target_entity_id IS NOT NULL AND e.entity_key IS NULL) OR (a.partnership_id IS NOT NULL AND p.id IS NULL)) AS _waiting
FROM activity AS a
LEFT JOIN (SELECT user_id FROM dim_user WHERE user_key != 0) AS u ON u.user_id = a.user_id
LEFT JOIN (SELECT DISTINCT id FROM raw_partnerships) AS p ON p.id = a.partnership_id
ASOF LEFT JOIN dim_entity AS e ON e.entity_id = a.target_entity_id AND a.occurred_at >= e.valid_from
