-- One batch of keys to delete, in key order. Grain: key. Filled: changes, columns. Parameters: after UInt128 (0 at first), size UInt32.
SELECT toString(key_hash) AS keyHash, op, {{columns}}
FROM {{changes}}
WHERE op = 'delete' AND key_hash > {after: UInt128}
ORDER BY key_hash
LIMIT {size: UInt32}
