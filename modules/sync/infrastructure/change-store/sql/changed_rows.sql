-- Rows of the model that are sent or refused, with their values. Grain: row of the model. Filled: source, values (typed, AS to_<target>), key_hash, record_key,
-- difference (table of difference.sql), ops, retried (condition on key_hash and row_hash: refused before). Parameters: sync String.
SELECT difference.op AS op, difference.reason AS reason, model.key_hash AS key_hash, model.record_key AS record_key,
  difference.row_hash AS row_hash, toUInt32(difference.generation) AS generation, COLUMNS('^to_')
FROM (
  SELECT
    {{values}},
    {{key_hash}} AS key_hash,
    {{record_key}} AS record_key
  FROM {{source}} AS m
  WHERE key_hash IN (SELECT key_hash FROM {{difference}} WHERE op IN ({{ops}}))
) AS model
INNER JOIN (SELECT * FROM {{difference}} WHERE op IN ({{ops}}) AND {{retried}}) AS difference ON model.key_hash = difference.key_hash
