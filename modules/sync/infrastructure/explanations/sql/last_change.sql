-- The last change of one key that the target confirmed. Grain: at most one row. Parameters: as state_row.sql.
SELECT run_id, op, reason, toString(row_hash) AS row_hash, generation, fields, confirmed_at
FROM sync_changelog
WHERE sync = {sync: String} AND record_key = {key: Array(String)} AND {key_hash: String} IN ('', toString(key_hash))
ORDER BY confirmed_at DESC
LIMIT 1
