-- Aggregates. What each column means stands in the header of its model.

CREATE TABLE IF NOT EXISTS agg_daily_partnership_metrics (
  date_key UInt32, tenant_id UUID, partnership_type LowCardinality(String), deals_created UInt32, deals_won UInt32, deals_lost UInt32,
  value_created Decimal(38, 2), value_won Decimal(38, 2)
) ENGINE = MergeTree ORDER BY (date_key, tenant_id, partnership_type);

CREATE TABLE IF NOT EXISTS agg_stage_time (
  stage_key UInt64, partnership_type LowCardinality(String), visits UInt32, completed_visits UInt32, median_days Nullable(Float64), p90_days Nullable(Float64)
) ENGINE = MergeTree ORDER BY (stage_key, partnership_type);

CREATE TABLE IF NOT EXISTS agg_activity (
  date_key UInt32, activity_type LowCardinality(String), activities UInt64, users UInt64
) ENGINE = MergeTree ORDER BY (date_key, activity_type);

CREATE TABLE IF NOT EXISTS agg_trend_momentum (
  trend_key UInt64, date_key UInt32, momentum_avg Float64, engagement_total Int64, signal_count Int64
) ENGINE = MergeTree ORDER BY (trend_key, date_key);

CREATE TABLE IF NOT EXISTS agg_unit_economics (
  month Date32, currency LowCardinality(String), acquisition_cost Decimal(18, 2), revenue Decimal(18, 2), gross_margin Decimal(18, 8), deals_won UInt32,
  cost_per_won_deal Nullable(Decimal(18, 2))
) ENGINE = MergeTree ORDER BY (month, currency);
