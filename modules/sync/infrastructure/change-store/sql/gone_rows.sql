-- Confirmed keys that left the model. Grain: key. Filled: odd, wanted. Parameters: sync String, and those of wanted.
SELECT
  'delete' AS op, '' AS reason, key_hash, record_key, row_hash,
  if(row_hash <= 1 AND intended_hash = 2, generation, generation + 1) AS generation
FROM sync_state FINAL
WHERE sync = {sync: String} AND deleted = 0 AND key_hash IN (SELECT key_hash FROM {{odd}} WHERE copies = 0) AND {{wanted}}
