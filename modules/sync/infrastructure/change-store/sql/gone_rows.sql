-- Confirmed keys that left the model. Grain: key. Filled: difference (table of difference.sql). Parameters: sync String.
SELECT 'delete' AS op, '' AS reason, state.key_hash AS key_hash, state.record_key AS record_key, difference.row_hash AS row_hash,
  toUInt32(difference.generation) AS generation
FROM (SELECT key_hash, record_key FROM sync_state FINAL WHERE sync = {sync: String} AND key_hash IN (SELECT key_hash FROM {{difference}} WHERE op = 'delete')) AS state
INNER JOIN (SELECT * FROM {{difference}} WHERE op = 'delete') AS difference ON state.key_hash = difference.key_hash
