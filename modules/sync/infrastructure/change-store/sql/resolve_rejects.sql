-- Open rejects that are none any more: the key was confirmed by this run, or a whole run went by without refusing it. Grain: key.
-- Parameters: sync String, run_id UUID, token UInt64, whole Bool (every row of the model was looked at).
INSERT INTO sync_row_rejects (sync, key_hash, record_key, payload, payload_hash, run_id, error_class, error_code, error, attempts, first_rejected_at, rejected_at, resolved_at, version)
SELECT sync, key_hash, record_key, payload, payload_hash, run_id, error_class, error_code, error, attempts, first_rejected_at, rejected_at, now64(6), {token: UInt64}
FROM sync_row_rejects FINAL
WHERE sync = {sync: String} AND isNull(resolved_at) AND run_id != {run_id: UUID}
  AND ({whole: Bool} OR key_hash IN (SELECT key_hash FROM sync_state FINAL WHERE sync = {sync: String} AND confirmed_run = {run_id: UUID} AND (row_hash > 1 OR deleted = 1)))
