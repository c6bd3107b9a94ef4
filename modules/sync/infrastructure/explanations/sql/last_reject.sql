-- The last refusal of one key, an open one first. Grain: at most one row. Parameters: as state_row.sql.
SELECT error_class, error_code, error, attempts, run_id, toString(payload_hash) AS payload_hash, first_rejected_at, rejected_at, resolved_at
FROM sync_rejects
WHERE sync = {sync: String} AND record_key = {key: Array(String)} AND {key_hash: String} IN ('', toString(key_hash))
ORDER BY isNull(resolved_at) DESC, rejected_at DESC
LIMIT 1
