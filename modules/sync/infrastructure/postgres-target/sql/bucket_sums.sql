-- Rows and sums of fingerprints of all rows in the scope. Grain: bucket. Filled: table, touchable, key_text, row_text, buckets.
SELECT bucket::int AS bucket, count(*) AS rows, sum(('x' || left(md5(f.row_text), 15))::bit(60)::bigint)::text AS sum
FROM (
  SELECT ('x' || left(md5(k.key_text), 8))::bit(32)::bigint % {{buckets}} AS bucket, k.key_text || {{row_text}} AS row_text
  FROM {{table}} AS t CROSS JOIN LATERAL (SELECT {{key_text}} AS key_text) AS k
  WHERE {{touchable}}
) AS f
GROUP BY bucket
