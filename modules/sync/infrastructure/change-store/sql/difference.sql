-- What differs between a model and what its target confirmed, by key alone: values join later, and only those of these keys.
-- Grain: key. op: insert, update, delete, reject (a key column is null, or several rows have the key). reason: why a row is refused or sent again.
-- Filled: table, source, key_hash, row_hash, key_missing, wanted_model and wanted_state (conditions of the selection), ops (those that the mode sends).
-- Parameters: sync String, mapping_hash String, mirror Bool (without it what left the model stays), insert_only Bool, resend Bool (unchanged rows too), and those of the conditions.
-- Keys confirmed in another table, or under other key columns (the first half of the mapping hash), are never deleted: their texts mean other rows here.
-- A key that a killed run was about to write has row hash 0 (it may be missing) or 1 in the state and is never unchanged. The same content
-- under way again is the same change, anything else the next one: that is the generation.
CREATE TABLE {{table}} ENGINE = MergeTree ORDER BY key_hash AS
SELECT
  key_hash,
  multiIf(
    missing = 1 OR copies > 1, 'reject',
    copies = 0, if(live = 1 AND {mirror: Bool} AND same_place = 1, 'delete', 'gone'),
    live = 0 OR confirmed_hash = 0 OR ({insert_only: Bool} AND (same_mapping = 0 OR {resend: Bool})), 'insert',
    model_hash != confirmed_hash OR same_mapping = 0 OR {resend: Bool}, 'update',
    'unchanged'
  ) AS op,
  multiIf(
    op = 'reject', if(missing = 1, 'null_key', 'duplicate_key'),
    op != 'update', '',
    same_mapping = 0, 'mapping_changed',
    model_hash = confirmed_hash, 'requested',
    ''
  ) AS reason,
  if(op = 'delete', confirmed_hash, model_hash) AS row_hash,
  seen_generation + NOT (live = 1 AND confirmed_hash <= 1 AND intended = if(op = 'delete', toUInt128(2), model_hash)) AS generation
FROM (
  SELECT key_hash, sum(of_model) AS copies, max(missing) AS missing, max(model_hash) AS model_hash, max(live) AS live,
    max(confirmed_hash) AS confirmed_hash, max(same_mapping) AS same_mapping, max(same_place) AS same_place, max(seen_generation) AS seen_generation, max(intended) AS intended
  FROM (
    SELECT {{key_hash}} AS key_hash, toUInt32(1) AS of_model, toUInt8({{key_missing}}) AS missing, {{row_hash}} AS model_hash,
      toUInt8(0) AS live, toUInt128(0) AS confirmed_hash, toUInt8(0) AS same_mapping, toUInt8(0) AS same_place, toUInt32(0) AS seen_generation, toUInt128(0) AS intended
    FROM {{source}} AS m
    WHERE {{wanted_model}}
    UNION ALL
    SELECT key_hash, toUInt32(0), toUInt8(0), toUInt128(0),
      toUInt8(deleted = 0), row_hash, toUInt8(mapping_hash = {mapping_hash: String}),
      toUInt8(startsWith(mapping_hash, substring({mapping_hash: String}, 1, 16))), generation, intended_hash
    FROM sync_state FINAL
    WHERE sync = {sync: String} AND {{wanted_state}}
  )
  GROUP BY key_hash
)
WHERE op IN ({{ops}})
