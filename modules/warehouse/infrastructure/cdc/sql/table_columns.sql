-- The columns of a table as the log will describe them, and what identifies its rows there. Grain: one row a column.
-- Parameters: $1 table oid
SELECT
  a.attnum::int AS attribute,
  a.attname::text AS name,
  a.atttypid::int8::text AS type_oid,
  a.atttypmod AS type_modifier,
  a.attgenerated <> '' AS generated,
  c.relkind = 'r' AND c.relpersistence = 'p' AS plain_table,
  format('%I.%I', n.nspname, c.relname) AS quoted,
  CASE c.relreplident
    WHEN 'f' THEN true
    WHEN 'd' THEN coalesce(a.attnum = ANY (i.indkey::int2[]) AND i.indisprimary, false)
    WHEN 'i' THEN coalesce(a.attnum = ANY (i.indkey::int2[]) AND i.indisreplident, false)
    ELSE false
  END AS identifies
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_index i ON i.indrelid = c.oid AND CASE c.relreplident WHEN 'd' THEN i.indisprimary WHEN 'i' THEN i.indisreplident ELSE false END
WHERE c.oid = $1::oid
ORDER BY a.attnum
