-- History of what the target confirmed. Grain: key and run. Filled: stage, aside, fields. Parameters: sync String, run_id UUID, from UInt64, to UInt64 (exclusive).
INSERT INTO sync_changelog (sync, run_id, key_hash, record_key, op, reason, row_hash, generation, fields, confirmed_at)
SELECT {sync: String}, {run_id: UUID}, key_hash, record_key, op, reason, row_hash, generation, {{fields}}, now64(6)
FROM {{stage}}
WHERE seq >= {from: UInt64} AND seq < {to: UInt64} AND seq NOT IN (SELECT seq FROM {{aside}})
