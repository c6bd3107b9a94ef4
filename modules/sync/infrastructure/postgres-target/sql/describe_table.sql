-- A relation and what this user may do with it. Grain: at most one row. Parameters: schema text, name text.
SELECT c.relkind AS kind, c.relrowsecurity AS "rowSecurity",
  has_table_privilege(c.oid, 'SELECT') AS "maySelect", has_table_privilege(c.oid, 'INSERT') AS "mayInsert",
  has_table_privilege(c.oid, 'DELETE') AS "mayDelete"
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE n.nspname = $1 AND c.relname = $2
