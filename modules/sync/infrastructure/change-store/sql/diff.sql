-- Difference between a model and what its target confirmed. Grain: one row a key (every copy of a duplicate key).
-- A key that a killed run was about to write (row_hash 0 or 1, see intend.sql) is never unchanged.
-- op: insert, update, delete, gone (not in the model, nothing to delete), reject, unchanged; reason says why.
-- Parameters: sync String, mapping_hash String, mirror Bool.
-- Filled from the definition: model, values (typed, AS `to_<target>`), key_hash, row_hash, record_key, payload, key_missing.
-- Needs join_use_nulls = 1 and final = 1 (sync_state, and a model that replaces rows, keep older versions until merged).
SELECT
  multiIf(
    isNull(model.key_hash), if(confirmed.deleted = 0 AND {mirror: Bool}, 'delete', 'gone'),
    model.key_missing OR model.copies > 1, 'reject',
    isNull(confirmed.key_hash) OR confirmed.deleted = 1 OR confirmed.row_hash = 0, 'insert',
    model.row_hash != confirmed.row_hash OR confirmed.mapping_hash != {mapping_hash: String}, 'update',
    'unchanged'
  ) AS op,
  multiIf(
    op = 'reject', if(model.key_missing, 'null_key', 'duplicate_key'),
    op = 'update' AND confirmed.mapping_hash != {mapping_hash: String}, 'mapping_changed',
    ''
  ) AS reason,
  assumeNotNull(coalesce(model.key_hash, confirmed.key_hash)) AS key_hash,
  if(isNull(model.key_hash), confirmed.record_key, model.record_key) AS record_key,
  assumeNotNull(coalesce(model.row_hash, confirmed.row_hash)) AS row_hash,
  ifNull(confirmed.version, 0) AS version,
  model.payload AS payload,
  COLUMNS('^to_')
FROM (
  SELECT
    {{values}},
    {{key_hash}} AS key_hash,
    {{row_hash}} AS row_hash,
    {{record_key}} AS record_key,
    {{payload}} AS payload,
    {{key_missing}} AS key_missing,
    count() OVER (PARTITION BY key_hash) AS copies
  FROM {{model}} AS m
) AS model
FULL OUTER JOIN (
  SELECT key_hash, record_key, row_hash, mapping_hash, deleted, version
  FROM sync_state
  WHERE sync = {sync: String}
) AS confirmed ON model.key_hash = confirmed.key_hash
