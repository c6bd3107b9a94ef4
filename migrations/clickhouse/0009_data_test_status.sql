-- What each data test found when it last ran, one row a test; the newest row of a test counts. data_test_results keeps a row for each
-- change of what a test finds (failures or sample).
-- on every shard
CREATE TABLE IF NOT EXISTS data_test_status (
  run_id UUID, test LowCardinality(String), model LowCardinality(String), severity LowCardinality(String), rule String, failures UInt64,
  sample Array(String), tested_at DateTime64(6, 'UTC'), recorded_at DateTime64(6, 'UTC') DEFAULT now64(6)
) ENGINE = ReplacingMergeTree(recorded_at) ORDER BY test;
