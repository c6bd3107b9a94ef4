-- Rows of the model that are not what the target confirmed. Grain: key. reason: why an unchanged row is sent again.
-- Filled: source, values (typed, AS to_<target>), key_hash, row_hash, record_key, odd (table of odd_keys.sql), retried (condition: refused before),
-- wanted (condition on key_hash and record_key), ops (those that the mode sends).
-- Parameters: sync String, mapping_hash String, resend Bool (unchanged rows too), and those of wanted.
-- A key that a killed run was about to write has row_hash 0 (it may be missing) or 1 in the state and is never unchanged.
SELECT
  multiIf(
    confirmed.known = 0 OR confirmed.deleted = 1 OR confirmed.row_hash = 0, 'insert',
    model.row_hash != confirmed.row_hash OR confirmed.mapping_hash != {mapping_hash: String} OR {resend: Bool}, 'update',
    'unchanged'
  ) AS op,
  multiIf(
    op != 'update', '',
    confirmed.mapping_hash != {mapping_hash: String}, 'mapping_changed',
    model.row_hash = confirmed.row_hash, 'requested',
    ''
  ) AS reason,
  model.key_hash AS key_hash,
  model.record_key AS record_key,
  model.row_hash AS row_hash,
  -- The same content under way again is the same change; anything else is the next one.
  if(confirmed.known = 1 AND confirmed.row_hash <= 1 AND confirmed.intended_hash = model.row_hash, confirmed.generation, confirmed.generation + 1) AS generation,
  COLUMNS('^to_')
FROM (
  SELECT
    {{values}},
    {{key_hash}} AS key_hash,
    {{row_hash}} AS row_hash,
    {{record_key}} AS record_key
  FROM {{source}} AS m
) AS model
LEFT ANY JOIN (
  SELECT key_hash, row_hash, mapping_hash, deleted, generation, intended_hash, toUInt8(1) AS known
  FROM sync_state FINAL
  WHERE sync = {sync: String}
) AS confirmed ON model.key_hash = confirmed.key_hash
WHERE op IN ({{ops}}) AND model.key_hash NOT IN (SELECT key_hash FROM {{odd}}) AND {{wanted}} AND {{retried}}
