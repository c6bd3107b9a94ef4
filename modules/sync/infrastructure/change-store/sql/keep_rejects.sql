-- Rows that were refused, or that no target can take. Grain: key; of several rows with one key the payload is an array of them (ten at most). attempts counts runs that tried the same content.
-- Filled: stage, aside, fields. Parameters: sync String, run_id UUID, token UInt64.
INSERT INTO sync_row_rejects (sync, key_hash, record_key, payload, payload_hash, run_id, error_class, error_code, error, attempts, first_rejected_at, rejected_at, resolved_at, version)
SELECT {sync: String}, now_refused.key_hash, now_refused.record_key, now_refused.payload, now_refused.row_hash, {run_id: UUID},
  now_refused.error_class, now_refused.error_code, now_refused.error,
  if(before.open = 1 AND before.payload_hash = now_refused.row_hash, before.attempts, 0) + 1,
  if(before.open = 1 AND before.payload_hash = now_refused.row_hash, before.first_rejected_at, now64(6)), now64(6), NULL, {token: UInt64}
FROM (
  SELECT key_hash, any(record_key) AS record_key, if(count() = 1, any(toJSONString({{fields}})), concat('[', arrayStringConcat(arraySort(groupArray(10)(toJSONString({{fields}}))), ','), ']')) AS payload,
    groupBitXor(row_hash) AS row_hash,
    'rejected' AS error_class, any(reason) AS error_code,
    if(error_code = 'null_key', 'A key column is null.', 'Several rows of the model have this key.') AS error
  FROM {{stage}} WHERE op = 'reject' GROUP BY key_hash
  UNION ALL
  SELECT key_hash, record_key, toJSONString({{fields}}), row_hash, aside.error_class, aside.error_code, aside.error
  FROM {{stage}} AS s INNER JOIN (SELECT * FROM {{aside}} WHERE outcome = 'refused') AS aside ON s.seq = aside.seq
) AS now_refused
LEFT ANY JOIN (
  SELECT key_hash, payload_hash, attempts, first_rejected_at, isNull(resolved_at) AS open FROM sync_row_rejects FINAL WHERE sync = {sync: String}
) AS before ON now_refused.key_hash = before.key_hash
