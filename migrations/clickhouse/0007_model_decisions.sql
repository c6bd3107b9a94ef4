-- What people decided about versions of the learned weights: one row a version that a decision changed, never altered. All rows of
-- a decision are written as one block, so that it is there whole or not at all.
-- on every shard
CREATE TABLE IF NOT EXISTS insight_model_decisions (
  decision_id UUID, decision LowCardinality(String), decided_version UInt32, version UInt32, status LowCardinality(String),
  activated_at Nullable(DateTime64(6, 'UTC')), decided_by String, reason String, decided_at DateTime64(6, 'UTC')
) ENGINE = ReplacingMergeTree ORDER BY (decided_at, decision_id, version);

-- When a person's decision last changed the version: tells a graph that has not heard of it from one that was changed since.
ALTER TABLE insight_affinity_models ADD COLUMN IF NOT EXISTS decided_at Nullable(DateTime64(6, 'UTC')) AFTER activated_at;
