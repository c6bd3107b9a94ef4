-- Rows of model, target and confirmed state, brought together by their key's fingerprint. Grain: verdict (domain/reconciliation.ts), with some keys.
-- Filled: rows (model_rows.sql), target (create_target_rows.sql), state_key. Parameters: sync String, mapping_hash String, buckets UInt32,
-- insert_only Bool, limit UInt32.
SELECT verdict, count() AS rows, arraySlice(groupArray(100000)(keys), 1, {limit: UInt32}) AS keys
FROM (
  SELECT
    countIf(side = 'model') AS copies,
    countIf(side = 'target') AS held,
    countIf(side = 'state') AS written,
    maxIf(print, side = 'model') AS model_print,
    maxIf(print, side = 'target') AS target_print,
    maxIf(content, side = 'model') AS model_content,
    maxIf(content, side = 'state') AS confirmed_content,
    -- 0 and 1 stand for what a killed run may have written.
    written = 1 AND confirmed_content > 1 AND (model_content = confirmed_content OR {insert_only: Bool}) AS settled,
    if(copies > 0, anyIf(record_key, side = 'model'), anyIf(record_key, side = 'target')) AS keys,
    multiIf(
      copies > 1, 'refused',
      copies = 1 AND held = 1 AND model_print = target_print, 'equal',
      copies = 1 AND settled, if(held = 1, 'edited', 'missing'),
      copies = 1, 'pending',
      held = 0, 'equal',
      if(written = 1, 'leftover', 'foreign')
    ) AS verdict
  FROM (
    SELECT 'model' AS side, lower(hex(key_print)) AS key_print, lower(hex(row_print)) AS print, row_hash AS content, record_key
    FROM (
{{rows}}
    )
    UNION ALL
    SELECT 'target', key_print, row_print, toUInt128(0), JSONExtract(keys, 'Array(String)')
    FROM {{target}}
    WHERE key_print != ''
    UNION ALL
    SELECT 'state', lower(hex(MD5({{state_key}}))), '', if(mapping_hash = {mapping_hash: String}, row_hash, toUInt128(0)), record_key
    FROM sync_state
    WHERE sync = {sync: String} AND deleted = 0
  )
  WHERE reinterpretAsUInt32(reverse(unhex(substring(key_print, 1, 8)))) % {buckets: UInt32} IN (SELECT bucket FROM {{target}} WHERE key_print = '')
  GROUP BY key_print
)
GROUP BY verdict
