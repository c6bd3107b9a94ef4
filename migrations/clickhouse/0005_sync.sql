-- Reverse ETL state: what each target confirmed, one row a key and sync. The highest version of a key counts: a counter, because
-- a clock may step back. row_hash 0 is an insert under way, 1 an update or delete under way: no real row has them. deleted = 1 means that the key left the target. mapping_hash names the mapping that the row was sent under.
-- on every shard
CREATE TABLE IF NOT EXISTS sync_state (
  sync LowCardinality(String), key_hash UInt128, record_key Array(String), row_hash UInt128, mapping_hash LowCardinality(String), deleted UInt8,
  version UInt64, confirmed_run UUID, confirmed_at DateTime64(6, 'UTC')
) ENGINE = ReplacingMergeTree(version) ORDER BY (sync, key_hash);

-- History, one row an attempt: a run that was killed and goes on adds a second row for a sync.
-- on every shard
CREATE TABLE IF NOT EXISTS sync_runs (
  run_id UUID, sync LowCardinality(String), target LowCardinality(String), status LowCardinality(String), inserted UInt64, updated UInt64, deleted UInt64,
  unchanged UInt64, failed UInt64, held UInt64, reason String, started_at DateTime64(6, 'UTC'), finished_at DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (sync, started_at);

-- Rows that a sync refused, once each.
-- on every shard
CREATE TABLE IF NOT EXISTS sync_rejects (
  run_id UUID, sync LowCardinality(String), record_key String, payload String, error_class LowCardinality(String), error_code LowCardinality(String),
  error String, rejected_at DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (sync, record_key, rejected_at);
