-- Star schema. Keys are 64-bit hashes of the business key (and version for SCD 2); 0 is the unknown member. A published table's
-- comment is the state of its build (version, positions): it moves with the table in one EXCHANGE. _waiting marks a row that refers to something which has not arrived.

-- on every shard
CREATE TABLE IF NOT EXISTS dim_date (
  date_key UInt32, full_date Date32, year UInt16, quarter UInt8, month UInt8, week UInt8, day_of_week UInt8, is_weekend Bool,
  fiscal_year UInt16, fiscal_quarter UInt8
) ENGINE = MergeTree ORDER BY date_key;

-- on every shard
CREATE TABLE IF NOT EXISTS dim_entity (
  entity_key UInt64, entity_id UUID, entity_type LowCardinality(String), entity_name String, industry LowCardinality(String), founded_year Nullable(Int32),
  location Nullable(String), tier LowCardinality(String), tenant_id UUID, created_at DateTime64(6, 'UTC'), valid_from DateTime64(6, 'UTC'),
  valid_to DateTime64(6, 'UTC'), is_current Bool, is_deleted Bool, version UInt32
) ENGINE = MergeTree ORDER BY (entity_id, valid_from);

-- on every shard
CREATE TABLE IF NOT EXISTS dim_trend (
  trend_key UInt64, trend_id UUID, trend_name String, category LowCardinality(String), lifecycle_stage LowCardinality(String),
  valid_from DateTime64(6, 'UTC'), valid_to DateTime64(6, 'UTC'), is_current Bool, version UInt32
) ENGINE = MergeTree ORDER BY (trend_id, valid_from);

-- on every shard
CREATE TABLE IF NOT EXISTS dim_deal_stage (
  stage_key UInt64, stage_name String, stage_order UInt16, stage_category LowCardinality(String), outcome LowCardinality(String)
) ENGINE = MergeTree ORDER BY stage_order;

-- on every shard
CREATE TABLE IF NOT EXISTS dim_user (
  user_key UInt64, user_id UUID, tenant_id UUID, full_name String, email String, slack_user_id Nullable(String), time_zone LowCardinality(String),
  manager_user_key UInt64
) ENGINE = MergeTree ORDER BY user_id;

-- shard by: affinity_key
-- retain by: computed_at
CREATE TABLE IF NOT EXISTS fact_affinity_scores (
  affinity_key UInt64, affinity_id Int64, entity1_key UInt64, entity2_key UInt64, date_key UInt32, affinity_score Decimal(5, 2),
  semantic_score Decimal(5, 4), goal_alignment_score Decimal(5, 4), cultural_momentum_score Decimal(5, 4), historical_score Decimal(5, 4),
  authenticity_score Decimal(5, 4), confidence_score Decimal(5, 4), recommendation_tier LowCardinality(String),
  computed_at DateTime64(6, 'UTC'), ingested_at DateTime64(6, 'UTC'), _waiting Bool
) ENGINE = MergeTree PARTITION BY intDiv(date_key, 100) ORDER BY affinity_id;

-- shard by: partnership_key
CREATE TABLE IF NOT EXISTS fact_partnerships (
  partnership_key UInt64, partnership_id UUID, tenant_id UUID, entity1_key UInt64, entity2_key UInt64, owner_user_key UInt64,
  partnership_type LowCardinality(String), current_stage_key UInt64, created_date_key UInt32, start_date_key Nullable(UInt32), end_date_key Nullable(UInt32),
  deal_value Decimal(12, 2), currency LowCardinality(String), deal_value_reporting Nullable(Decimal(38, 2)), success_score Nullable(Decimal(3, 2)),
  days_to_signed Nullable(Int32), days_to_active Nullable(Int32), milestones_total UInt32, milestones_completed UInt32,
  milestone_completion_rate Nullable(Float64), is_completed Bool, is_lost Bool, is_successful Nullable(Bool), is_deleted Bool,
  created_at DateTime64(6, 'UTC'), updated_at DateTime64(6, 'UTC')
) ENGINE = MergeTree PARTITION BY intDiv(created_date_key, 10000) ORDER BY partnership_id;

-- shard by: sipHash64(_partnership_id)
CREATE TABLE IF NOT EXISTS fact_deal_events (
  event_key UInt64, event_id Int64, partnership_key UInt64, event_date_key UInt32, from_stage_key UInt64, to_stage_key UInt64, stage_visit UInt32,
  days_in_previous_stage Nullable(Float64), actor_entity_key UInt64, event_timestamp DateTime64(6, 'UTC'),
  _partnership_id UUID
) ENGINE = MergeTree PARTITION BY intDiv(event_date_key, 10000) ORDER BY (partnership_key, stage_visit);

-- shard by: metric_key
-- retain by: measured_at
CREATE TABLE IF NOT EXISTS fact_trend_metrics (
  metric_key UInt64, metric_id Int64, trend_key UInt64, date_key UInt32, momentum_score Decimal(5, 4), velocity Decimal(5, 4), signal_count Int32,
  engagement_total Int64, sentiment_avg Decimal(3, 2), brands_aligned UInt32, content_aligned UInt32, measured_at DateTime64(6, 'UTC')
) ENGINE = MergeTree PARTITION BY intDiv(date_key, 100) ORDER BY metric_id;

-- shard by: user_key
-- retain by: activity_timestamp
CREATE TABLE IF NOT EXISTS fact_user_activity (
  activity_key UInt64, activity_id Int64, user_key UInt64, activity_date_key UInt32, activity_type LowCardinality(String), target_entity_key UInt64,
  partnership_key UInt64, activity_timestamp DateTime64(6, 'UTC'), _waiting Bool
) ENGINE = MergeTree PARTITION BY intDiv(activity_date_key, 100) ORDER BY activity_id;

-- What each data test found, one row a run and test; sample holds the first failing records. tested_at is the run's asOf, which may
-- lie anywhere: the row recorded last is the latest. Kept for 400 days.
-- on every shard
CREATE TABLE IF NOT EXISTS data_test_results (
  run_id UUID, test LowCardinality(String), model LowCardinality(String), severity LowCardinality(String), rule String, failures UInt64,
  sample Array(String), tested_at DateTime64(6, 'UTC'), recorded_at DateTime64(6, 'UTC') DEFAULT now64(6)
) ENGINE = MergeTree ORDER BY (test, recorded_at) TTL toDateTime(recorded_at) + toIntervalDay(400);
