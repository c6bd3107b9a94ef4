-- generation: counts the changes of a key that were meant for the target, so that the same values sent again later are another change.
-- intended_hash: row hash of the change under way or last confirmed (2 for a delete); the same hash under way again is a repetition.
ALTER TABLE sync_state
  ADD COLUMN IF NOT EXISTS generation UInt32 DEFAULT 0,
  ADD COLUMN IF NOT EXISTS intended_hash UInt128 DEFAULT 0;

ALTER TABLE sync_runs
  ADD COLUMN IF NOT EXISTS trigger LowCardinality(String) DEFAULT 'pipeline',
  ADD COLUMN IF NOT EXISTS requested_by String DEFAULT '',
  ADD COLUMN IF NOT EXISTS error_class LowCardinality(String) DEFAULT '',
  ADD COLUMN IF NOT EXISTS error_code LowCardinality(String) DEFAULT '',
  ADD COLUMN IF NOT EXISTS timings Map(LowCardinality(String), UInt64);

-- Every change that a target confirmed. Grain: key and run. fields: what was sent, by target name; of a delete the key only.
-- on every shard
CREATE TABLE IF NOT EXISTS sync_changelog (
  sync LowCardinality(String), run_id UUID, key_hash UInt128, record_key Array(String), op LowCardinality(String), reason LowCardinality(String),
  row_hash UInt128, generation UInt32, fields Map(LowCardinality(String), Nullable(String)), confirmed_at DateTime64(6, 'UTC')
) ENGINE = MergeTree PARTITION BY toYYYYMM(confirmed_at) ORDER BY (sync, key_hash, confirmed_at) TTL toDateTime(confirmed_at) + toIntervalDay(90);

-- Rows that were refused, one row a key: attempts counts the runs that tried the same content. resolved_at: the key was confirmed, or left
-- the model. It replaces a table of another grain; its rows are found again by the next run.
DROP TABLE IF EXISTS sync_rejects;

-- on every shard
CREATE TABLE IF NOT EXISTS sync_row_rejects (
  sync LowCardinality(String), key_hash UInt128, record_key Array(String), payload String, payload_hash UInt128, run_id UUID,
  error_class LowCardinality(String), error_code LowCardinality(String), error String, attempts UInt32,
  first_rejected_at DateTime64(6, 'UTC'), rejected_at DateTime64(6, 'UTC'), resolved_at Nullable(DateTime64(6, 'UTC')), version UInt64
) ENGINE = ReplacingMergeTree(version) ORDER BY (sync, key_hash);

CREATE OR REPLACE VIEW sync_rejects AS
SELECT sync, key_hash, record_key, payload, payload_hash, run_id, error_class, error_code, error, attempts, first_rejected_at, rejected_at, resolved_at
FROM sync_row_rejects FINAL;

-- What plans would change. Grain: plan and row. action: insert, update, delete, unchanged (the target has it already), waiting; before: JSON of the
-- texts in the target that would change, null where there is no row or it cannot be read; after: what would be sent.
-- on every shard
CREATE TABLE IF NOT EXISTS sync_plan_rows (
  plan_id UUID, sync LowCardinality(String), seq UInt64, op LowCardinality(String), action LowCardinality(String), reason LowCardinality(String),
  record_key Array(String), before Nullable(String), after Map(LowCardinality(String), Nullable(String)), planned_at DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (plan_id, seq) TTL toDateTime(planned_at) + toIntervalDay(7);
