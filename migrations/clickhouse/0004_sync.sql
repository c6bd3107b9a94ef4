-- Reverse ETL state: what each target confirmed, one row a key and sync. The newest _run_seq of a key counts; deleted = 1 means it left the target.
CREATE TABLE IF NOT EXISTS sync_state (
  sync LowCardinality(String), key_hash UInt128, record_key String, row_hash UInt128, deleted UInt8, confirmed_run UUID, _confirmed_at DateTime64(6, 'UTC')
) ENGINE = ReplacingMergeTree(_confirmed_at) ORDER BY (sync, key_hash);

CREATE TABLE IF NOT EXISTS sync_runs (
  run_id UUID, sync LowCardinality(String), target LowCardinality(String), status LowCardinality(String), inserted UInt64, updated UInt64, deleted UInt64,
  unchanged UInt64, failed UInt64, held UInt64, reason String, started_at DateTime64(6, 'UTC'), finished_at DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (sync, started_at);

CREATE TABLE IF NOT EXISTS sync_rejects (
  run_id UUID, sync LowCardinality(String), record_key String, payload String, error_class LowCardinality(String), error_code LowCardinality(String),
  error String, rejected_at DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (sync, record_key, rejected_at);
