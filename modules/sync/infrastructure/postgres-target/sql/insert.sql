-- Staged rows that the target does not have. Grain: key. Filled: table, columns, values (over s), same_key, keys.
-- NOT EXISTS spares the rows that are there their triggers and sequences; ON CONFLICT is for those who write at the same time.
-- No ORDER BY: rows arrive in key order, so that index pages are filled one after the other.
INSERT INTO {{table}} ({{columns}})
SELECT {{values}} FROM sync_rows AS s
WHERE NOT EXISTS (SELECT FROM {{table}} AS t WHERE {{same_key}})
ON CONFLICT ({{keys}}) DO NOTHING
