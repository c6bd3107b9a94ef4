-- Takes staged rows that have no place in the target out of the range. Grain: row set aside.
-- Filled: placeless, reason (both over the staged row s).
DELETE FROM sync_rows AS s WHERE {{placeless}} RETURNING s."#seq" AS seq, {{reason}} AS reason
