-- Rows that are hard to carry: uuid, text with tabs, newlines and backslashes, microseconds, numeric, nulls. Grain: one row a number.
-- Parameters: $1 how many (bigint)
INSERT INTO bench.records
SELECT
  n,
  md5('ref' || n)::uuid,
  'line ' || n || E'\tof a note\nwith C:\\path\\' || (n % 1000),
  CASE WHEN n % 3 = 0 THEN NULL ELSE E'optional \\N text ' || n END,
  (n % 1000000)::numeric(12, 2) / 7,
  (n % 10001)::numeric / 10000,
  timestamptz '2016-06-01 00:00:00.123456+00' + n * interval '5 minutes 1 microsecond',
  (ARRAY['search', 'view_match', 'login', 'message'])[1 + n % 4]
FROM generate_series(1, $1::bigint) AS n
