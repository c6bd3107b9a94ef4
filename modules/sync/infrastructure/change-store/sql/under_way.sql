-- What a target was asked and did not confirm: the next difference settles each key, whatever the model says by then. Grain: key.
-- No real row has these hashes: 0 stands for a row that the target may lack, 1 for one that it held and may still hold. What was confirmed
-- under this token has the larger version and stays. Filled: stage. Parameters: sync String, mapping_hash String, run_id UUID, token UInt64, from UInt64, to UInt64 (exclusive).
INSERT INTO sync_state (sync, key_hash, record_key, row_hash, mapping_hash, deleted, version, confirmed_run, confirmed_at, generation, intended_hash)
SELECT {sync: String}, key_hash, record_key, op != 'insert', {mapping_hash: String}, 0, {token: UInt64} * 2, {run_id: UUID}, now64(6),
  generation, if(op = 'delete', toUInt128(2), row_hash)
FROM {{stage}}
WHERE op IN ('insert', 'update', 'delete') AND seq >= {from: UInt64} AND seq < {to: UInt64} AND seq NOT IN (SELECT seq FROM {{aside}})
