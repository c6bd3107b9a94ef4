-- Insight: what the scoring-insight module concludes. The sync definitions read these tables.

-- One report an asOf. A repeat replaces its day's partition.
-- on every shard
CREATE TABLE IF NOT EXISTS insight_predictiveness (
  as_of DateTime64(6, 'UTC'), report String
) ENGINE = MergeTree PARTITION BY toYYYYMMDD(as_of) ORDER BY as_of;

-- The rows behind the latest report, one a deal: excluded names why a deal is not in the row set, '' says that it is.
-- on every shard
CREATE TABLE IF NOT EXISTS insight_predictiveness_deals (
  partnership_id UUID, entity1_id UUID, entity2_id UUID, started_at DateTime64(6, 'UTC'), excluded LowCardinality(String),
  is_successful Nullable(Bool), success_score Nullable(Decimal(3, 2)), affinity_id Nullable(Int64), computed_at Nullable(DateTime64(6, 'UTC')),
  semantic Nullable(Decimal(5, 4)), goal_alignment Nullable(Decimal(5, 4)), cultural_momentum Nullable(Decimal(5, 4)),
  historical Nullable(Decimal(5, 4)), authenticity Nullable(Decimal(5, 4)), confidence Nullable(Decimal(5, 4)), as_of DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY partnership_id;

-- on every shard
CREATE TABLE IF NOT EXISTS insight_entity_benchmarks (
  entity_id UUID, metric LowCardinality(String), tenant_id UUID, value Nullable(Float64), n UInt32, cohort Nullable(String),
  cohort_level LowCardinality(Nullable(String)), cohort_n Nullable(UInt32), percentile Nullable(Float64), p25 Nullable(Float64), p50 Nullable(Float64),
  p75 Nullable(Float64), ci_low Nullable(Float64), ci_high Nullable(Float64), shrunken_value Nullable(Float64), explanation String, reason Nullable(String),
  as_of DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (entity_id, metric);

-- Peer figures as published, frozen for the period (BENCHMARK_SNAPSHOT): one partition a period, replaced whole.
-- on every shard
CREATE TABLE IF NOT EXISTS insight_benchmark_snapshots (
  period String, entity_id UUID, metric LowCardinality(String), cohort Nullable(String), cohort_level LowCardinality(Nullable(String)),
  cohort_n Nullable(UInt32), percentile Nullable(Float64), p25 Nullable(Float64), p50 Nullable(Float64), p75 Nullable(Float64),
  shrunken_value Nullable(Float64), reason Nullable(String), as_of DateTime64(6, 'UTC')
) ENGINE = MergeTree PARTITION BY period ORDER BY (entity_id, metric);

-- on every shard
CREATE TABLE IF NOT EXISTS insight_entity_badges (
  entity_id UUID, badge LowCardinality(String), tenant_id UUID, level LowCardinality(String), awarded_at DateTime64(6, 'UTC'),
  expires_at DateTime64(6, 'UTC'), evidence String, as_of DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (entity_id, badge);

-- on every shard
CREATE TABLE IF NOT EXISTS insight_badge_history (
  entity_id UUID, badge LowCardinality(String), tenant_id UUID, event LowCardinality(String), from_level LowCardinality(Nullable(String)),
  to_level LowCardinality(Nullable(String)), happened_at DateTime64(6, 'UTC'), evidence String
) ENGINE = MergeTree ORDER BY (entity_id, badge, happened_at);

-- on every shard
CREATE TABLE IF NOT EXISTS insight_deal_health (
  partnership_id UUID, tenant_id UUID, owner_user_id Nullable(UUID), stage LowCardinality(String), stage_visit UInt32, entered_stage_at DateTime64(6, 'UTC'),
  days_in_stage UInt32, stage_percentile Nullable(Float64), threshold_days UInt32, threshold_source LowCardinality(String),
  chance_30d Nullable(Float64), severity LowCardinality(String), as_of DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY partnership_id;

-- on every shard
CREATE TABLE IF NOT EXISTS insight_entity_success (
  entity_id UUID, tenant_id UUID, success_rate Float64, n UInt32, low Float64, high Float64, as_of DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY entity_id;

-- on every shard
CREATE TABLE IF NOT EXISTS insight_pair_success (
  entity1_id UUID, entity2_id UUID, partnerships UInt32, successes UInt32, rate Float64, last_outcome_at DateTime64(6, 'UTC'), as_of DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (entity1_id, entity2_id);

-- Versions of the learned weights. Replaced whole, and only when a version or a status changes.
-- on every shard
CREATE TABLE IF NOT EXISTS insight_affinity_models (
  version UInt32, status LowCardinality(String), semantic Decimal(5, 4), goal_alignment Decimal(5, 4), cultural_momentum Decimal(5, 4),
  historical Decimal(5, 4), authenticity Decimal(5, 4), n UInt32, evidence String, created_at DateTime64(6, 'UTC'), activated_at Nullable(DateTime64(6, 'UTC')),
  _changed_at DateTime64(6, 'UTC')
) ENGINE = ReplacingMergeTree(_changed_at) ORDER BY version;
