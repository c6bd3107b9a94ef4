-- What the target confirmed becomes the state that the next difference starts from. Grain: key. Only after the target committed.
-- Filled: stage, aside (table of rows that it did not take). Parameters: sync String, mapping_hash String, run_id UUID, token UInt64, from UInt64, to UInt64 (exclusive).
-- The version grows with the lease's token, no clock: what an older holder says late never replaces what a newer one said.
INSERT INTO sync_state (sync, key_hash, record_key, row_hash, mapping_hash, deleted, version, confirmed_run, confirmed_at, generation, intended_hash)
SELECT {sync: String}, key_hash, record_key, row_hash, {mapping_hash: String}, op = 'delete', {token: UInt64} * 2 + 1, {run_id: UUID}, now64(6),
  generation, if(op = 'delete', toUInt128(2), row_hash)
FROM {{stage}}
WHERE seq >= {from: UInt64} AND seq < {to: UInt64} AND seq NOT IN (SELECT seq FROM {{aside}})
