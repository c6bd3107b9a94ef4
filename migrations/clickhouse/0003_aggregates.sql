-- Aggregates. What each column means stands in the header of its model; docs/metrics.md lists them for people.

-- shard by: partnership_key
CREATE TABLE IF NOT EXISTS agg_deal_timeline (
  partnership_key UInt64, tenant_id UUID, partnership_type LowCardinality(String), current_stage_key UInt64, is_completed Bool, is_lost Bool,
  is_successful Nullable(Bool), created_date_key UInt32, closed_date_key Nullable(UInt32), days_to_signed Nullable(Int32), days_to_active Nullable(Int32),
  days_to_won Nullable(Int32), value Nullable(Decimal(38, 2)), value_band LowCardinality(String), entity_ids Array(UUID), industries Array(String),
  tiers Array(String), visited_stages Array(UInt64), visit_months Array(UInt32), visit_days Array(Float64), stood_in Array(UInt64)
) ENGINE = MergeTree PARTITION BY intDiv(created_date_key, 10000) ORDER BY partnership_key;

-- on every shard
CREATE TABLE IF NOT EXISTS agg_daily_metrics (
  date_key UInt32, tenant_id UUID, dimension LowCardinality(String), dimension_value String, deals_created UInt32, deals_won UInt32, deals_lost UInt32,
  value_created Decimal(38, 2), value_won Decimal(38, 2), value_lost Decimal(38, 2), deals_without_rate UInt32
) ENGINE = MergeTree PARTITION BY intDiv(date_key, 10000) ORDER BY (dimension, dimension_value, date_key, tenant_id);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_daily_partnership_metrics (
  date_key UInt32, tenant_id UUID, partnership_type LowCardinality(String), deals_created UInt32, deals_won UInt32, deals_lost UInt32,
  value_created Decimal(38, 2), value_won Decimal(38, 2), value_lost Decimal(38, 2), deals_open_end UInt32, value_open_end Decimal(38, 2)
) ENGINE = MergeTree ORDER BY (date_key, tenant_id, partnership_type);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_monthly_metrics (
  month Date32, tenant_id UUID, dimension LowCardinality(String), dimension_value String, deals_created UInt32, deals_won UInt32, deals_lost UInt32,
  value_created Decimal(38, 2), value_won Decimal(38, 2), value_lost Decimal(38, 2), deals_without_rate UInt32, deals_open_end UInt32,
  value_open_end Decimal(38, 2), win_rate Nullable(Float64), _point UInt64
) ENGINE = MergeTree PARTITION BY toYear(month) ORDER BY (dimension, dimension_value, month, tenant_id);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_platform_metrics (
  date_key UInt32, dimension LowCardinality(String), dimension_value String, deals_created UInt32, deals_won UInt32, deals_lost UInt32,
  value_created Decimal(38, 2), value_won Decimal(38, 2), value_lost Decimal(38, 2), deals_without_rate UInt32, deals_open_end UInt32,
  value_open_end Decimal(38, 2)
) ENGINE = MergeTree ORDER BY (dimension, dimension_value, date_key);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_funnel (
  scope LowCardinality(String), tenant_id UUID, dimension LowCardinality(String), dimension_value String, stage_key UInt64, path_position UInt16,
  reached UInt32, advanced UInt32, won UInt32, lost_here UInt32, conversion_to_next Nullable(Float64), conversion_to_won Nullable(Float64),
  entered UInt32, open_here UInt32, visits UInt32, completed_visits UInt32, p25_days Nullable(Float64), median_days Nullable(Float64),
  p75_days Nullable(Float64), p90_days Nullable(Float64)
) ENGINE = MergeTree ORDER BY (scope, tenant_id, dimension, dimension_value, path_position, stage_key);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_stage_time (
  stage_key UInt64, partnership_type LowCardinality(String), visits UInt32, completed_visits UInt32, median_days Nullable(Float64), p90_days Nullable(Float64)
) ENGINE = MergeTree ORDER BY (stage_key, partnership_type);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_cycle_time (
  scope LowCardinality(String), tenant_id UUID, dimension LowCardinality(String), dimension_value String, phase LowCardinality(String), n UInt32,
  min_days Int32, p25_days Float64, median_days Float64, p75_days Float64, p90_days Float64, max_days Int32
) ENGINE = MergeTree ORDER BY (scope, tenant_id, dimension, dimension_value, phase);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_success_roi (
  entity_id UUID, tenant_id UUID, entity_type LowCardinality(String), industry LowCardinality(String), tier LowCardinality(String), deals UInt32,
  deals_won UInt32, deals_lost UInt32, successes UInt32, success_rate Nullable(Float64), win_rate Nullable(Float64), value_won Decimal(38, 2),
  value_per_outcome Nullable(Decimal(38, 2)), roi_deals UInt32, allocated_cost Decimal(38, 2), roi Nullable(Float64), industry_deals UInt32,
  industry_deals_won UInt32, industry_deals_lost UInt32, industry_success_rate Nullable(Float64), industry_win_rate Nullable(Float64),
  industry_value_won Decimal(38, 2), industry_value_per_outcome Nullable(Decimal(38, 2)), industry_roi Nullable(Float64),
  success_rate_difference Nullable(Float64), value_per_outcome_difference Nullable(Decimal(38, 2)), roi_difference Nullable(Float64)
) ENGINE = MergeTree ORDER BY (tenant_id, entity_id);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_trend_momentum (
  trend_key UInt64, date_key UInt32, momentum_avg Float64, engagement_total Int64, signal_count Int64, trend_id UUID,
  lifecycle_stage LowCardinality(String), measurements UInt32, momentum_sum Decimal(38, 4), velocity_avg Float64,
  momentum_change_7d Nullable(Decimal(18, 6)), momentum_change_30d Nullable(Decimal(18, 6))
) ENGINE = MergeTree PARTITION BY intDiv(date_key, 10000) ORDER BY (trend_key, date_key);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_lifecycle_momentum (
  lifecycle_stage LowCardinality(String), date_key UInt32, trends UInt32, measurements UInt32, momentum_avg Decimal(18, 6), signal_count Int64,
  changed_7d UInt32, change_7d_avg Nullable(Decimal(18, 6)), changed_30d UInt32, change_30d_avg Nullable(Decimal(18, 6))
) ENGINE = MergeTree ORDER BY (lifecycle_stage, date_key);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_activity (
  date_key UInt32, activity_type LowCardinality(String), activities UInt64, users UInt64, anonymous UInt64
) ENGINE = MergeTree ORDER BY (date_key, activity_type);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_entity_activity (
  month_key UInt32, entity_key UInt64, activities UInt32
) ENGINE = MergeTree PARTITION BY month_key ORDER BY entity_key;

-- on every shard
CREATE TABLE IF NOT EXISTS agg_member_months (
  cohort Date32, entity_id UUID, month Date32, months_since_joining UInt32, activities UInt64, stage_changes UInt32, deals_started UInt32,
  deals_won UInt32, is_active Bool
) ENGINE = MergeTree PARTITION BY toYear(month) ORDER BY (cohort, month, entity_id);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_member_cohort (
  cohort Date32, months_since_joining UInt32, members UInt32, active_members UInt32, retention Float64, deals_started UInt32, deals_won UInt32,
  deals_started_total UInt32, deals_won_total UInt32
) ENGINE = MergeTree ORDER BY (cohort, months_since_joining);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_monthly_economics (
  month Date32, basis LowCardinality(String), currency LowCardinality(String), acquisition_cost Nullable(Decimal(38, 2)), revenue Nullable(Decimal(38, 2)),
  gross_margin Nullable(Decimal(38, 8)), gross_profit Nullable(Decimal(38, 2)), new_members UInt32, active_members UInt32, churned_members UInt32,
  deals_won UInt32, cost_per_won_deal Nullable(Decimal(38, 2)), cac Nullable(Decimal(38, 2)), arpa Nullable(Decimal(38, 2)), churn_rate Nullable(Float64),
  ltv Nullable(Decimal(38, 2)), ltv_to_cac Nullable(Decimal(38, 4)), payback_months Nullable(Decimal(38, 2))
) ENGINE = MergeTree ORDER BY (basis, month, currency);

-- on every shard
CREATE TABLE IF NOT EXISTS agg_unit_economics (
  month Date32, currency LowCardinality(String), acquisition_cost Decimal(18, 2), revenue Decimal(18, 2), gross_margin Decimal(18, 8), deals_won UInt32,
  cost_per_won_deal Nullable(Decimal(38, 2)), gross_profit Decimal(38, 2), new_members UInt32, active_members UInt32, churn_rate Nullable(Float64),
  cac Nullable(Decimal(38, 2)), arpa Nullable(Decimal(38, 2)), ltv Nullable(Decimal(38, 2)), ltv_to_cac Nullable(Decimal(38, 4)),
  payback_months Nullable(Decimal(38, 2)), acquisition_cost_reporting Nullable(Decimal(38, 2)), revenue_reporting Nullable(Decimal(38, 2)),
  gross_profit_reporting Nullable(Decimal(38, 2)), cost_per_won_deal_reporting Nullable(Decimal(38, 2)), cac_reporting Nullable(Decimal(38, 2)),
  arpa_reporting Nullable(Decimal(38, 2)), ltv_reporting Nullable(Decimal(38, 2)), ltv_to_cac_reporting Nullable(Decimal(38, 4)),
  payback_months_reporting Nullable(Decimal(38, 2))
) ENGINE = MergeTree ORDER BY (month, currency);
