-- Rows of the model that no target can take: a key column is null, or several rows have the key. Grain: such a row.
-- Filled: source, values, key_hash, row_hash, record_key, odd, wanted. Parameters: those of wanted.
SELECT
  'reject' AS op, if(odd.missing = 1, 'null_key', 'duplicate_key') AS reason, model.key_hash AS key_hash, model.record_key AS record_key,
  model.row_hash AS row_hash, toUInt32(0) AS generation, COLUMNS('^to_')
FROM (
  SELECT
    {{values}},
    {{key_hash}} AS key_hash,
    {{row_hash}} AS row_hash,
    {{record_key}} AS record_key
  FROM {{source}} AS m
) AS model
INNER JOIN (SELECT key_hash, missing FROM {{odd}} WHERE copies > 0) AS odd ON model.key_hash = odd.key_hash
WHERE {{wanted}}
