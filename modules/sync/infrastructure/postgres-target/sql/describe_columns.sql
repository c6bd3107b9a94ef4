-- Columns of a relation; a domain counts as the type beneath it. Grain: column. Parameters: schema text, name text.
SELECT a.attname AS name, coalesce(base.typname, type.typname) AS type,
  a.attnotnull OR type.typnotnull AS "notNull", a.atthasdef OR a.attidentity <> '' OR type.typdefault IS NOT NULL AS "hasDefault",
  a.attgenerated <> '' OR a.attidentity = 'a' AS generated,
  has_column_privilege(c.oid, a.attnum, 'UPDATE') AS "mayUpdate"
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS type ON type.oid = a.atttypid
LEFT JOIN pg_type AS base ON base.oid = type.typbasetype
WHERE n.nspname = $1 AND c.relname = $2
ORDER BY a.attnum
