-- The tables of a publication. Grain: one row a table; one row without a table for a publication that has none.
-- Parameters: $1 publication text
SELECT
  p.pubinsert AND p.pubupdate AND p.pubdelete AND p.pubtruncate AND NOT p.pubviaroot AS whole,
  CASE WHEN t.tablename IS NULL THEN NULL ELSE format('%I.%I', t.schemaname, t.tablename) END AS quoted,
  t.rowfilter IS NULL AS unfiltered,
  coalesce(t.attnames::text[], '{}') AS columns
FROM pg_publication p
LEFT JOIN pg_publication_tables t ON t.pubname = p.pubname
WHERE p.pubname = $1
