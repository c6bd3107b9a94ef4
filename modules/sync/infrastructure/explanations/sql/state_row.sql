-- What was last confirmed, or asked and never answered, of one key. Grain: at most one row.
-- Parameters: sync String, key Array(String), key_hash String ('' where the model has no such row).
SELECT toString(key_hash) AS key_hash, toString(row_hash) AS row_hash, mapping_hash, deleted, confirmed_run, confirmed_at, generation
FROM sync_state
WHERE sync = {sync: String} AND record_key = {key: Array(String)} AND {key_hash: String} IN ('', toString(sync_state.key_hash))
ORDER BY version DESC
LIMIT 1
