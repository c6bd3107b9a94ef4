-- Network effects: whether partnerships make matching better. One report a day, as of its beginning (UTC).
-- on every shard
CREATE TABLE IF NOT EXISTS insight_network_effects (
  as_of DateTime64(6, 'UTC'), method String, code_version LowCardinality(String), window_from Nullable(String), window_to Nullable(String),
  seed UInt32, outcomes UInt64, entities UInt64, partnerships UInt64, warnings Array(String), report String
) ENGINE = MergeTree PARTITION BY toYYYYMMDD(as_of) ORDER BY as_of;

-- The latest score that was known a month before the deal began, by both clocks: what the score that counts is held against.
-- on every shard
ALTER TABLE insight_predictiveness_deals
  ADD COLUMN IF NOT EXISTS aged_semantic Nullable(Decimal(5, 4)), ADD COLUMN IF NOT EXISTS aged_goal_alignment Nullable(Decimal(5, 4)),
  ADD COLUMN IF NOT EXISTS aged_cultural_momentum Nullable(Decimal(5, 4)), ADD COLUMN IF NOT EXISTS aged_historical Nullable(Decimal(5, 4)),
  ADD COLUMN IF NOT EXISTS aged_authenticity Nullable(Decimal(5, 4)), ADD COLUMN IF NOT EXISTS aged_confidence Nullable(Decimal(5, 4));
