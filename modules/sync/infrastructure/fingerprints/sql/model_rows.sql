-- Fingerprints of the model's rows, as 16 bytes. Grain: row of the model with a whole key. Filled: source, key_text, row_text, key_missing, key_hash,
-- row_hash, record_key.
SELECT MD5({{key_text}}) AS key_print, MD5(concat({{key_text}}, {{row_text}})) AS row_print,
  {{key_hash}} AS key_hash, {{row_hash}} AS row_hash, {{record_key}} AS record_key
FROM {{source}} AS m
WHERE NOT ({{key_missing}})
