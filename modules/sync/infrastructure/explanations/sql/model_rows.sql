-- Rows of the model with one key, ten at most of each key hash: a null of the key has the same text as '' and another hash. Grain: row.
-- Filled: source, key_hash, row_hash, record_key, key_missing, read, mapped (maps of texts), prints (map of MD5 of encodings).
-- Parameters: key Array(String).
SELECT toString({{key_hash}}) AS key_hash, toString({{row_hash}}) AS row_hash, ({{key_missing}}) AS key_missing,
  count() OVER (PARTITION BY key_hash) AS copies, {{read}} AS source, {{mapped}} AS mapped, {{prints}} AS prints
FROM {{source}} AS m
WHERE {{record_key}} = {key: Array(String)}
ORDER BY key_missing, key_hash, row_hash
LIMIT 10 BY key_hash
