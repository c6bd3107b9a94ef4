-- Time in stage: the visits of deals to open stages, what they teach, and how well alerts would have done.

-- One row a visit to an open stage, as of the beginning of the day (UTC) of as_of. exit: advanced, won, lost, moved_back, deleted (cut off),
-- open (goes on). entered_day and last_day (left, cut off or last seen) are dates in the owner's zone, as days since 1970-01-01.
-- on every shard
CREATE TABLE IF NOT EXISTS insight_stage_visits (
  partnership_id UUID, tenant_id UUID, owner_user_id Nullable(UUID), partnership_type LowCardinality(String), stage LowCardinality(String),
  entered_at DateTime64(6, 'UTC'), left_at Nullable(DateTime64(6, 'UTC')), exit LowCardinality(String), entered_day Int32, last_day Int32,
  as_of DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (stage, partnership_type, partnership_id, entered_at);

-- Time to leave a stage in business days and the thresholds in force, one partition a day, replaced whole. '*' is every type, and in stage every stage.
-- on every shard
CREATE TABLE IF NOT EXISTS insight_stage_time (
  stage LowCardinality(String), partnership_type LowCardinality(String), method LowCardinality(String), code_version LowCardinality(String),
  window_from Date32, window_to Date32, visits UInt64, exits UInt64, median Nullable(Float64), p75 Nullable(Float64), p75_low Nullable(Float64),
  p75_high Nullable(Float64), p90 Nullable(Float64), p90_low Nullable(Float64), p90_high Nullable(Float64), warn_days UInt32, critical_days UInt32,
  source LowCardinality(String), level LowCardinality(Nullable(String)), reviewed_on Date32, warnings Array(String), as_of DateTime64(6, 'UTC')
) ENGINE = MergeTree PARTITION BY toYYYYMMDD(as_of) ORDER BY (stage, partnership_type);

-- Replays of history, one row a period and rule; the latest replay of a period counts.
-- on every shard
CREATE TABLE IF NOT EXISTS insight_stall_backtests (
  period_from Date32, period_to Date32, rule LowCardinality(String), days Nullable(UInt32), method LowCardinality(String), code_version LowCardinality(String),
  visits UInt64, owners UInt64, alerts UInt64, right UInt64, wrong UInt64, undecided UInt64, precision Nullable(Float64), precision_low Nullable(Float64),
  precision_high Nullable(Float64), lead_days Nullable(Float64), alerts_per_owner_week Float64, as_of DateTime64(6, 'UTC')
) ENGINE = ReplacingMergeTree(as_of) ORDER BY (period_from, period_to, rule);

ALTER TABLE insight_deal_health
  ADD COLUMN IF NOT EXISTS partnership_type LowCardinality(String),
  ADD COLUMN IF NOT EXISTS critical_days UInt32,
  ADD COLUMN IF NOT EXISTS chance_at_entry Nullable(Float64),
  ADD COLUMN IF NOT EXISTS expected_loss Nullable(Decimal(12, 2)),
  ADD COLUMN IF NOT EXISTS currency LowCardinality(String),
  ADD COLUMN IF NOT EXISTS peer_level LowCardinality(Nullable(String));
