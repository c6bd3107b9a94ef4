-- Rows that broke the contract, newest first, from the place after the given one on. Grain: one row per rejected record.
-- Parameters: source String ('' = all), reason String ('' = all), status String (waiting, replayed, all), limit UInt32,
-- after_at Int64, after_source String, after_key String, after_hash UInt64, after_file String, after_line UInt64: place of the last row seen
SELECT
  source, record_key, reason_code, reason, payload, rejected_at, replayed_at, _replayed_by, run_id, _file, _line,
  (-toUnixTimestamp64Micro(rejected_at), toString(source), record_key, _payload_hash, _file, _line) AS place
FROM raw_rejects
WHERE ({source: String} = '' OR source = {source: String})
  AND ({reason: String} = '' OR reason_code = {reason: String})
  AND ({status: String} = 'all' OR ({status: String} = 'replayed') = (replayed_at IS NOT NULL))
  AND place > ({after_at: Int64}, {after_source: String}, {after_key: String}, {after_hash: UInt64}, {after_file: String}, {after_line: UInt64})
ORDER BY place
LIMIT {limit: UInt32}
