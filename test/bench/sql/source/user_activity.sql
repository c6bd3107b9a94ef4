-- Activity events in the product. Grain: one row a number. Parameters: $1 how many (bigint)
INSERT INTO product.user_activity (id, user_id, activity_type, target_entity_id, partnership_id, occurred_at)
SELECT
  n,
  md5('user' || n % 5000)::uuid,
  (ARRAY['search', 'view_match', 'login', 'message'])[1 + n % 4],
  CASE WHEN n % 5 < 3 THEN md5('entity' || n % 20000)::uuid END,
  CASE WHEN n % 10 < 3 THEN md5('deal' || n % 50000)::uuid END,
  timestamptz '2016-06-01 00:00:00.123456+00' + n * interval '100 seconds 1 microsecond'
FROM generate_series(1, $1::bigint) AS n
