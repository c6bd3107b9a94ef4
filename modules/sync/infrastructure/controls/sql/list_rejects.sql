-- Rows that their target refuses now, the latest attempt first. Grain: sync and key.
-- Parameters: syncs Array(String), code String ('' for any), limit UInt32
SELECT sync, record_key, payload, toString(run_id) AS run_id, error_class, error_code, error, attempts, first_rejected_at, rejected_at
FROM sync_rejects
WHERE has({syncs: Array(String)}, sync) AND resolved_at IS NULL AND ({code: String} = '' OR error_code = {code: String})
ORDER BY rejected_at DESC, sync, record_key
LIMIT {limit: UInt32}
