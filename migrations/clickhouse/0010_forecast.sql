-- Forecast: the chance of success of open deals, and what the pipeline of a day is worth.

-- One row an open deal of the latest run. chance: null with a reason. method: ridge_logistic or stage_rate (then reason says why no
-- model speaks). base_rate: the chance of its stage. contributions: JSON, log odds by feature, with the intercept they are added to.
-- value_reporting and expected_value (chance times value) are in the reporting currency, null without a rate.
-- on every shard
CREATE TABLE IF NOT EXISTS insight_deal_forecasts (
  partnership_id UUID, tenant_id UUID, stage LowCardinality(String), chance Nullable(Float64), base_rate Nullable(Float64),
  method LowCardinality(String), reason LowCardinality(Nullable(String)), deal_value Decimal(12, 2), currency LowCardinality(String),
  value_reporting Nullable(Decimal(38, 2)), expected_value Nullable(Decimal(38, 2)), contributions String,
  code_version LowCardinality(String), model_day Date32, as_of DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY partnership_id;

-- One row a day, that of its latest run, replaced whole; a day's model is learnt by its first run and stands in report. window: the
-- snapshots of past deals that were looked at. n: closed deals. Figures that were withheld are null, report says why.
-- on every shard
CREATE TABLE IF NOT EXISTS insight_forecasts (
  as_of DateTime64(6, 'UTC'), method LowCardinality(String), code_version LowCardinality(String), window_from Date32, window_to Date32,
  seed UInt32, n UInt64, n_successful UInt64, skill Nullable(Float64), skill_low Nullable(Float64), skill_high Nullable(Float64),
  open_deals UInt64, expected_value Nullable(Decimal(38, 2)), value_low Nullable(Decimal(38, 2)), value_high Nullable(Decimal(38, 2)),
  coverage Nullable(Float64), warnings Array(String), report String
) ENGINE = MergeTree PARTITION BY toYYYYMMDD(as_of) ORDER BY as_of;
