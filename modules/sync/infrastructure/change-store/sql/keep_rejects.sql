-- Rows that cannot be sent at all, once each: the same row refused again in a later run adds nothing. Grain: refused row.
-- Parameters: sync String, run_id UUID. Filled: changes.
INSERT INTO sync_rejects (run_id, sync, record_key, payload, error_class, error_code, error, rejected_at)
SELECT DISTINCT
  {run_id: UUID}, {sync: String}, toJSONString(record_key), ifNull(payload, ''), 'rejected', reason,
  if(reason = 'null_key', 'A key column is null.', 'Several rows of the model have this key.'), now64(6)
FROM {{changes}}
WHERE op = 'reject'
  AND (toJSONString(record_key), ifNull(payload, ''), reason) NOT IN (SELECT record_key, payload, error_code FROM sync_rejects WHERE sync = {sync: String})
