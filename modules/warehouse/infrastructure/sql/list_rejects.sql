-- Rows that broke the contract, newest first. Grain: one row per rejected record.
-- Parameters: source String ('' = all), reason String ('' = all), limit UInt32
SELECT source, record_key, reason_code, reason, payload, rejected_at, replayed_at, run_id
FROM raw_rejects
WHERE ({source: String} = '' OR source = {source: String}) AND ({reason: String} = '' OR reason_code = {reason: String})
ORDER BY rejected_at DESC, source, record_key
LIMIT {limit: UInt32}
