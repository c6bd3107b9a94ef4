-- Grain: one row per user (type 1; one that is gone from its source is gone here), plus the unknown member of key 0.
WITH latest AS (
  SELECT *
  FROM (
    SELECT *
    FROM raw_users
    ORDER BY id, _version_at DESC, _extracted_at DESC, _row_hash
    LIMIT 1 BY id
  )
  WHERE NOT _deleted
)
SELECT
  sipHash64(id) AS user_key,
  id AS user_id,
  tenant_id,
  full_name,
  email,
  slack_user_id,
  time_zone,
  if(manager_id IN (SELECT id FROM latest), sipHash64(assumeNotNull(manager_id)), 0) AS manager_user_key
FROM latest
UNION ALL
SELECT 0, toUUID('00000000-0000-0000-0000-000000000000'), toUUID('00000000-0000-0000-0000-000000000000'), 'Unknown', '', NULL, 'UTC', 0
