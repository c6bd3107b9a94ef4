-- Columns of tables that a source's contract does not have. Grain: one row a column, named table.column.
-- Parameters: $1 tables json [{schema, name}], $2 declared text[]
SELECT DISTINCT t.name || '.' || a.attname AS name
FROM jsonb_to_recordset($1::jsonb) AS t(schema text, name text)
JOIN pg_namespace AS n ON n.nspname = t.schema
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = t.name
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE a.attname <> ALL ($2::text[])
ORDER BY 1
