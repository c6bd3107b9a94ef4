-- Staged rows as objects. Grain: staged row. Filled: stage, columns. Parameters: sync String, from UInt64, to UInt64 (exclusive).
-- idempotency_key: the same for every repetition of one change of a row.
SELECT seq, op,
  lower(hex(sipHash128Reference(concat({sync: String}, '\n', toString(key_hash), '\n', toString(generation), '\n', if(op = 'delete', '2', toString(row_hash)))))) AS idempotency_key,
  {{columns}}
FROM {{stage}}
WHERE seq >= {from: UInt64} AND seq < {to: UInt64}
ORDER BY seq
