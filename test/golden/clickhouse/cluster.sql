-- 0001_raw.sql

CREATE TABLE IF NOT EXISTS raw_tenants ON CLUSTER `insights` (
  id UUID, name String,
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/raw_tenants', '{shard}-{replica}') ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_users ON CLUSTER `insights` (
  id UUID, tenant_id UUID, email String, full_name String, slack_user_id Nullable(String), time_zone String, manager_id Nullable(UUID),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/raw_users', '{shard}-{replica}') ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_entities ON CLUSTER `insights` (
  id UUID, tenant_id UUID, entity_type LowCardinality(String), name String, industry LowCardinality(String), founded_year Nullable(Int32),
  location Nullable(String), tier LowCardinality(String), created_at DateTime64(6, 'UTC'), updated_at DateTime64(6, 'UTC'), deleted_at Nullable(DateTime64(6, 'UTC')),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/raw_entities', '{shard}-{replica}') ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_partnerships_local ON CLUSTER `insights` (
  id UUID, tenant_id UUID, entity1_id UUID, entity2_id UUID, owner_user_id UUID, partnership_type LowCardinality(String), stage LowCardinality(String),
  deal_value Decimal(12, 2), currency LowCardinality(String), success_score Nullable(Decimal(3, 2)), start_date Nullable(Date32), end_date Nullable(Date32),
  signed_at Nullable(DateTime64(6, 'UTC')), activated_at Nullable(DateTime64(6, 'UTC')), created_at DateTime64(6, 'UTC'), updated_at DateTime64(6, 'UTC'),
  deleted_at Nullable(DateTime64(6, 'UTC')),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/raw_partnerships_local', '{replica}') ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_partnerships ON CLUSTER `insights` AS `analytics`.raw_partnerships_local ENGINE = Distributed('insights', 'analytics', 'raw_partnerships_local', sipHash64(id));

CREATE TABLE IF NOT EXISTS raw_deal_events_local ON CLUSTER `insights` (
  id Int64, partnership_id UUID, from_stage Nullable(String), to_stage LowCardinality(String), actor_entity_id Nullable(UUID), occurred_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/raw_deal_events_local', '{replica}') ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_deal_events ON CLUSTER `insights` AS `analytics`.raw_deal_events_local ENGINE = Distributed('insights', 'analytics', 'raw_deal_events_local', sipHash64(partnership_id));

CREATE TABLE IF NOT EXISTS raw_milestones_local ON CLUSTER `insights` (
  id UUID, partnership_id UUID, completed Bool, completed_at Nullable(DateTime64(6, 'UTC')), due_date Nullable(Date32), updated_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/raw_milestones_local', '{replica}') ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_milestones ON CLUSTER `insights` AS `analytics`.raw_milestones_local ENGINE = Distributed('insights', 'analytics', 'raw_milestones_local', sipHash64(partnership_id));

CREATE TABLE IF NOT EXISTS raw_affinity_scores_local ON CLUSTER `insights` (
  id Int64, entity1_id UUID, entity2_id UUID, affinity_score Decimal(5, 2), semantic Decimal(5, 4), goal_alignment Decimal(5, 4), cultural_momentum Decimal(5, 4),
  historical Decimal(5, 4), authenticity Decimal(5, 4), confidence Decimal(5, 4), recommendation_tier LowCardinality(String),
  computed_at DateTime64(6, 'UTC'), ingested_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/raw_affinity_scores_local', '{replica}') PARTITION BY toYYYYMM(computed_at) ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_affinity_scores ON CLUSTER `insights` AS `analytics`.raw_affinity_scores_local ENGINE = Distributed('insights', 'analytics', 'raw_affinity_scores_local', sipHash64(id));

CREATE TABLE IF NOT EXISTS raw_trends ON CLUSTER `insights` (
  id UUID, name String, category LowCardinality(String), lifecycle_stage LowCardinality(String), updated_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/raw_trends', '{shard}-{replica}') ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_trend_metrics_local ON CLUSTER `insights` (
  id Int64, trend_id UUID, momentum_score Decimal(5, 4), velocity Decimal(5, 4), signal_count Int32, engagement_total Int64, sentiment_avg Decimal(3, 2),
  measured_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/raw_trend_metrics_local', '{replica}') PARTITION BY toYYYYMM(measured_at) ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_trend_metrics ON CLUSTER `insights` AS `analytics`.raw_trend_metrics_local ENGINE = Distributed('insights', 'analytics', 'raw_trend_metrics_local', sipHash64(id));

CREATE TABLE IF NOT EXISTS raw_user_activity_local ON CLUSTER `insights` (
  id Int64, user_id UUID, activity_type LowCardinality(String), target_entity_id Nullable(UUID), partnership_id Nullable(UUID), occurred_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/raw_user_activity_local', '{replica}') PARTITION BY toYYYYMM(occurred_at) ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_user_activity ON CLUSTER `insights` AS `analytics`.raw_user_activity_local ENGINE = Distributed('insights', 'analytics', 'raw_user_activity_local', sipHash64(user_id));

CREATE TABLE IF NOT EXISTS raw_graph_alignments ON CLUSTER `insights` (
  entity_id UUID, trend_id UUID, strength Float64, since Nullable(DateTime64(6, 'UTC')),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/raw_graph_alignments', '{shard}-{replica}') ORDER BY (entity_id, trend_id, _version_at);

CREATE TABLE IF NOT EXISTS raw_graph_affinities_local ON CLUSTER `insights` (
  entity1_id UUID, entity2_id UUID, score Float64, computed_at Nullable(DateTime64(6, 'UTC')),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/raw_graph_affinities_local', '{replica}') ORDER BY (entity1_id, entity2_id, _version_at);

CREATE TABLE IF NOT EXISTS raw_graph_affinities ON CLUSTER `insights` AS `analytics`.raw_graph_affinities_local ENGINE = Distributed('insights', 'analytics', 'raw_graph_affinities_local', sipHash64(entity1_id, entity2_id));

CREATE TABLE IF NOT EXISTS raw_unit_economics ON CLUSTER `insights` (
  month Date32, acquisition_cost Decimal(18, 2), revenue Decimal(18, 2), gross_margin Decimal(18, 8), currency LowCardinality(String),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/raw_unit_economics', '{shard}-{replica}') ORDER BY (month, currency, _version_at);

CREATE TABLE IF NOT EXISTS raw_fx_rates ON CLUSTER `insights` (
  date Date32, currency LowCardinality(String), rate Decimal(18, 8),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/raw_fx_rates', '{shard}-{replica}') ORDER BY (currency, date, _version_at);

CREATE TABLE IF NOT EXISTS raw_rejects ON CLUSTER `insights` (
  run_id UUID, source LowCardinality(String), record_key String, payload String, reason_code LowCardinality(String), reason String,
  rejected_at DateTime64(6, 'UTC'), replayed_at Nullable(DateTime64(6, 'UTC')), _payload_hash UInt64, _replayed_by String,
  _file String, _line UInt64
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/raw_rejects', '{shard}-{replica}') ORDER BY (source, record_key, rejected_at);

CREATE TABLE IF NOT EXISTS raw_cursors ON CLUSTER `insights` (
  source LowCardinality(String), cursor Nullable(String), rules String, run_id UUID, confirmed_at DateTime64(6, 'UTC'), changed_at DateTime64(6, 'UTC')
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/every_shard/analytics/raw_cursors', '{shard}-{replica}', confirmed_at) ORDER BY source;

CREATE TABLE IF NOT EXISTS raw_sweeps ON CLUSTER `insights` (
  source LowCardinality(String), at DateTime64(6, 'UTC'), outcome LowCardinality(String), run_id UUID,
  live UInt64, missing UInt64, found UInt64, unknown UInt64, asked_by String
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/raw_sweeps', '{shard}-{replica}') ORDER BY (source, at);

CREATE TABLE IF NOT EXISTS raw_cdc ON CLUSTER `insights` (
  slot LowCardinality(String), generation UUID, state LowCardinality(String), reason LowCardinality(String), origin LowCardinality(String), sources Map(String, String),
  from_lsn UInt64, to_lsn UInt64, base DateTime64(6, 'UTC'), rows UInt64, truncated Array(String), committed_at Nullable(DateTime64(6, 'UTC')),
  recorded_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/raw_cdc', '{shard}-{replica}') ORDER BY (state, generation, to_lsn) TTL toDateTime(recorded_at) + toIntervalDay(90) DELETE WHERE state != 'snapshot';

-- 0002_model.sql

CREATE TABLE IF NOT EXISTS dim_date ON CLUSTER `insights` (
  date_key UInt32, full_date Date32, year UInt16, quarter UInt8, month UInt8, week UInt8, day_of_week UInt8, is_weekend Bool,
  fiscal_year UInt16, fiscal_quarter UInt8
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/dim_date', '{shard}-{replica}') ORDER BY date_key;

CREATE TABLE IF NOT EXISTS dim_entity ON CLUSTER `insights` (
  entity_key UInt64, entity_id UUID, entity_type LowCardinality(String), entity_name String, industry LowCardinality(String), founded_year Nullable(Int32),
  location Nullable(String), tier LowCardinality(String), tenant_id UUID, created_at DateTime64(6, 'UTC'), valid_from DateTime64(6, 'UTC'),
  valid_to DateTime64(6, 'UTC'), is_current Bool, is_deleted Bool, version UInt32
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/dim_entity', '{shard}-{replica}') ORDER BY (entity_id, valid_from);

CREATE TABLE IF NOT EXISTS dim_trend ON CLUSTER `insights` (
  trend_key UInt64, trend_id UUID, trend_name String, category LowCardinality(String), lifecycle_stage LowCardinality(String),
  valid_from DateTime64(6, 'UTC'), valid_to DateTime64(6, 'UTC'), is_current Bool, version UInt32
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/dim_trend', '{shard}-{replica}') ORDER BY (trend_id, valid_from);

CREATE TABLE IF NOT EXISTS dim_deal_stage ON CLUSTER `insights` (
  stage_key UInt64, stage_name String, stage_order UInt16, stage_category LowCardinality(String), outcome LowCardinality(String)
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/dim_deal_stage', '{shard}-{replica}') ORDER BY stage_order;

CREATE TABLE IF NOT EXISTS dim_user ON CLUSTER `insights` (
  user_key UInt64, user_id UUID, tenant_id UUID, full_name String, email String, slack_user_id Nullable(String), time_zone LowCardinality(String),
  manager_user_key UInt64
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/dim_user', '{shard}-{replica}') ORDER BY user_id;

CREATE TABLE IF NOT EXISTS fact_affinity_scores_local ON CLUSTER `insights` (
  affinity_key UInt64, affinity_id Int64, entity1_key UInt64, entity2_key UInt64, date_key UInt32, affinity_score Decimal(5, 2),
  semantic_score Decimal(5, 4), goal_alignment_score Decimal(5, 4), cultural_momentum_score Decimal(5, 4), historical_score Decimal(5, 4),
  authenticity_score Decimal(5, 4), confidence_score Decimal(5, 4), recommendation_tier LowCardinality(String),
  computed_at DateTime64(6, 'UTC'), ingested_at DateTime64(6, 'UTC'), _waiting Bool
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/fact_affinity_scores_local', '{replica}') PARTITION BY intDiv(date_key, 100) ORDER BY affinity_id;

CREATE TABLE IF NOT EXISTS fact_affinity_scores ON CLUSTER `insights` AS `analytics`.fact_affinity_scores_local ENGINE = Distributed('insights', 'analytics', 'fact_affinity_scores_local', affinity_key);

CREATE TABLE IF NOT EXISTS fact_partnerships_local ON CLUSTER `insights` (
  partnership_key UInt64, partnership_id UUID, tenant_id UUID, entity1_key UInt64, entity2_key UInt64, owner_user_key UInt64,
  partnership_type LowCardinality(String), current_stage_key UInt64, created_date_key UInt32, start_date_key Nullable(UInt32), end_date_key Nullable(UInt32),
  deal_value Decimal(12, 2), currency LowCardinality(String), deal_value_reporting Nullable(Decimal(38, 2)), success_score Nullable(Decimal(3, 2)),
  days_to_signed Nullable(Int32), days_to_active Nullable(Int32), milestones_total UInt32, milestones_completed UInt32,
  milestone_completion_rate Nullable(Float64), is_completed Bool, is_lost Bool, is_successful Nullable(Bool), is_deleted Bool,
  created_at DateTime64(6, 'UTC'), updated_at DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/fact_partnerships_local', '{replica}') PARTITION BY intDiv(created_date_key, 10000) ORDER BY partnership_id;

CREATE TABLE IF NOT EXISTS fact_partnerships ON CLUSTER `insights` AS `analytics`.fact_partnerships_local ENGINE = Distributed('insights', 'analytics', 'fact_partnerships_local', partnership_key);

CREATE TABLE IF NOT EXISTS fact_deal_events_local ON CLUSTER `insights` (
  event_key UInt64, event_id Int64, partnership_key UInt64, event_date_key UInt32, from_stage_key UInt64, to_stage_key UInt64, stage_visit UInt32,
  days_in_previous_stage Nullable(Float64), actor_entity_key UInt64, event_timestamp DateTime64(6, 'UTC'),
  _partnership_id UUID
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/fact_deal_events_local', '{replica}') PARTITION BY intDiv(event_date_key, 10000) ORDER BY (partnership_key, stage_visit);

CREATE TABLE IF NOT EXISTS fact_deal_events ON CLUSTER `insights` AS `analytics`.fact_deal_events_local ENGINE = Distributed('insights', 'analytics', 'fact_deal_events_local', sipHash64(_partnership_id));

CREATE TABLE IF NOT EXISTS fact_trend_metrics_local ON CLUSTER `insights` (
  metric_key UInt64, metric_id Int64, trend_key UInt64, date_key UInt32, momentum_score Decimal(5, 4), velocity Decimal(5, 4), signal_count Int32,
  engagement_total Int64, sentiment_avg Decimal(3, 2), brands_aligned UInt32, content_aligned UInt32, measured_at DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/fact_trend_metrics_local', '{replica}') PARTITION BY intDiv(date_key, 100) ORDER BY metric_id;

CREATE TABLE IF NOT EXISTS fact_trend_metrics ON CLUSTER `insights` AS `analytics`.fact_trend_metrics_local ENGINE = Distributed('insights', 'analytics', 'fact_trend_metrics_local', metric_key);

CREATE TABLE IF NOT EXISTS fact_user_activity_local ON CLUSTER `insights` (
  activity_key UInt64, activity_id Int64, user_key UInt64, activity_date_key UInt32, activity_type LowCardinality(String), target_entity_key UInt64,
  partnership_key UInt64, activity_timestamp DateTime64(6, 'UTC'), _waiting Bool
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/fact_user_activity_local', '{replica}') PARTITION BY intDiv(activity_date_key, 100) ORDER BY activity_id;

CREATE TABLE IF NOT EXISTS fact_user_activity ON CLUSTER `insights` AS `analytics`.fact_user_activity_local ENGINE = Distributed('insights', 'analytics', 'fact_user_activity_local', user_key);

CREATE TABLE IF NOT EXISTS data_test_results ON CLUSTER `insights` (
  run_id UUID, test LowCardinality(String), model LowCardinality(String), severity LowCardinality(String), rule String, failures UInt64,
  sample Array(String), tested_at DateTime64(6, 'UTC'), recorded_at DateTime64(6, 'UTC') DEFAULT now64(6)
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/data_test_results', '{shard}-{replica}') ORDER BY (test, recorded_at) TTL toDateTime(recorded_at) + toIntervalDay(400);

-- 0003_aggregates.sql

CREATE TABLE IF NOT EXISTS agg_deal_timeline_local ON CLUSTER `insights` (
  partnership_key UInt64, tenant_id UUID, partnership_type LowCardinality(String), current_stage_key UInt64, is_completed Bool, is_lost Bool,
  is_successful Nullable(Bool), created_date_key UInt32, closed_date_key Nullable(UInt32), days_to_signed Nullable(Int32), days_to_active Nullable(Int32),
  days_to_won Nullable(Int32), value Nullable(Decimal(38, 2)), value_band LowCardinality(String), entity_ids Array(UUID), industries Array(String),
  tiers Array(String), visited_stages Array(UInt64), visit_months Array(UInt32), visit_days Array(Float64), stood_in Array(UInt64)
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/analytics/agg_deal_timeline_local', '{replica}') PARTITION BY intDiv(created_date_key, 10000) ORDER BY partnership_key;

CREATE TABLE IF NOT EXISTS agg_deal_timeline ON CLUSTER `insights` AS `analytics`.agg_deal_timeline_local ENGINE = Distributed('insights', 'analytics', 'agg_deal_timeline_local', partnership_key);

CREATE TABLE IF NOT EXISTS agg_daily_metrics ON CLUSTER `insights` (
  date_key UInt32, tenant_id UUID, dimension LowCardinality(String), dimension_value String, deals_created UInt32, deals_won UInt32, deals_lost UInt32,
  value_created Decimal(38, 2), value_won Decimal(38, 2), value_lost Decimal(38, 2), deals_without_rate UInt32
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_daily_metrics', '{shard}-{replica}') PARTITION BY intDiv(date_key, 10000) ORDER BY (dimension, dimension_value, date_key, tenant_id);

CREATE TABLE IF NOT EXISTS agg_daily_partnership_metrics ON CLUSTER `insights` (
  date_key UInt32, tenant_id UUID, partnership_type LowCardinality(String), deals_created UInt32, deals_won UInt32, deals_lost UInt32,
  value_created Decimal(38, 2), value_won Decimal(38, 2), value_lost Decimal(38, 2), deals_open_end UInt32, value_open_end Decimal(38, 2)
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_daily_partnership_metrics', '{shard}-{replica}') ORDER BY (date_key, tenant_id, partnership_type);

CREATE TABLE IF NOT EXISTS agg_monthly_metrics ON CLUSTER `insights` (
  month Date32, tenant_id UUID, dimension LowCardinality(String), dimension_value String, deals_created UInt32, deals_won UInt32, deals_lost UInt32,
  value_created Decimal(38, 2), value_won Decimal(38, 2), value_lost Decimal(38, 2), deals_without_rate UInt32, deals_open_end UInt32,
  value_open_end Decimal(38, 2), win_rate Nullable(Float64), _point UInt64
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_monthly_metrics', '{shard}-{replica}') PARTITION BY toYear(month) ORDER BY (dimension, dimension_value, month, tenant_id);

CREATE TABLE IF NOT EXISTS agg_platform_metrics ON CLUSTER `insights` (
  date_key UInt32, dimension LowCardinality(String), dimension_value String, deals_created UInt32, deals_won UInt32, deals_lost UInt32,
  value_created Decimal(38, 2), value_won Decimal(38, 2), value_lost Decimal(38, 2), deals_without_rate UInt32, deals_open_end UInt32,
  value_open_end Decimal(38, 2)
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_platform_metrics', '{shard}-{replica}') ORDER BY (dimension, dimension_value, date_key);

CREATE TABLE IF NOT EXISTS agg_funnel ON CLUSTER `insights` (
  scope LowCardinality(String), tenant_id UUID, dimension LowCardinality(String), dimension_value String, stage_key UInt64, path_position UInt16,
  reached UInt32, advanced UInt32, won UInt32, lost_here UInt32, conversion_to_next Nullable(Float64), conversion_to_won Nullable(Float64),
  entered UInt32, open_here UInt32, visits UInt32, completed_visits UInt32, p25_days Nullable(Float64), median_days Nullable(Float64),
  p75_days Nullable(Float64), p90_days Nullable(Float64)
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_funnel', '{shard}-{replica}') ORDER BY (scope, tenant_id, dimension, dimension_value, path_position, stage_key);

CREATE TABLE IF NOT EXISTS agg_stage_time ON CLUSTER `insights` (
  stage_key UInt64, partnership_type LowCardinality(String), visits UInt32, completed_visits UInt32, median_days Nullable(Float64), p90_days Nullable(Float64)
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_stage_time', '{shard}-{replica}') ORDER BY (stage_key, partnership_type);

CREATE TABLE IF NOT EXISTS agg_cycle_time ON CLUSTER `insights` (
  scope LowCardinality(String), tenant_id UUID, dimension LowCardinality(String), dimension_value String, phase LowCardinality(String), n UInt32,
  min_days Int32, p25_days Float64, median_days Float64, p75_days Float64, p90_days Float64, max_days Int32
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_cycle_time', '{shard}-{replica}') ORDER BY (scope, tenant_id, dimension, dimension_value, phase);

CREATE TABLE IF NOT EXISTS agg_success_roi ON CLUSTER `insights` (
  entity_id UUID, tenant_id UUID, entity_type LowCardinality(String), industry LowCardinality(String), tier LowCardinality(String), deals UInt32,
  deals_won UInt32, deals_lost UInt32, successes UInt32, success_rate Nullable(Float64), win_rate Nullable(Float64), value_won Decimal(38, 2),
  value_per_outcome Nullable(Decimal(38, 2)), roi_deals UInt32, allocated_cost Decimal(38, 2), roi Nullable(Float64), industry_deals UInt32,
  industry_deals_won UInt32, industry_deals_lost UInt32, industry_success_rate Nullable(Float64), industry_win_rate Nullable(Float64),
  industry_value_won Decimal(38, 2), industry_value_per_outcome Nullable(Decimal(38, 2)), industry_roi Nullable(Float64),
  success_rate_difference Nullable(Float64), value_per_outcome_difference Nullable(Decimal(38, 2)), roi_difference Nullable(Float64)
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_success_roi', '{shard}-{replica}') ORDER BY (tenant_id, entity_id);

CREATE TABLE IF NOT EXISTS agg_trend_momentum ON CLUSTER `insights` (
  trend_key UInt64, date_key UInt32, momentum_avg Float64, engagement_total Int64, signal_count Int64, trend_id UUID,
  lifecycle_stage LowCardinality(String), measurements UInt32, momentum_sum Decimal(38, 4), velocity_avg Float64,
  momentum_change_7d Nullable(Decimal(18, 6)), momentum_change_30d Nullable(Decimal(18, 6))
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_trend_momentum', '{shard}-{replica}') PARTITION BY intDiv(date_key, 10000) ORDER BY (trend_key, date_key);

CREATE TABLE IF NOT EXISTS agg_lifecycle_momentum ON CLUSTER `insights` (
  lifecycle_stage LowCardinality(String), date_key UInt32, trends UInt32, measurements UInt32, momentum_avg Decimal(18, 6), signal_count Int64,
  changed_7d UInt32, change_7d_avg Nullable(Decimal(18, 6)), changed_30d UInt32, change_30d_avg Nullable(Decimal(18, 6))
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_lifecycle_momentum', '{shard}-{replica}') ORDER BY (lifecycle_stage, date_key);

CREATE TABLE IF NOT EXISTS agg_activity ON CLUSTER `insights` (
  date_key UInt32, activity_type LowCardinality(String), activities UInt64, users UInt64, anonymous UInt64
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_activity', '{shard}-{replica}') ORDER BY (date_key, activity_type);

CREATE TABLE IF NOT EXISTS agg_entity_activity ON CLUSTER `insights` (
  month_key UInt32, entity_key UInt64, activities UInt32
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_entity_activity', '{shard}-{replica}') PARTITION BY month_key ORDER BY entity_key;

CREATE TABLE IF NOT EXISTS agg_member_months ON CLUSTER `insights` (
  cohort Date32, entity_id UUID, month Date32, months_since_joining UInt32, activities UInt64, stage_changes UInt32, deals_started UInt32,
  deals_won UInt32, is_active Bool
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_member_months', '{shard}-{replica}') PARTITION BY toYear(month) ORDER BY (cohort, month, entity_id);

CREATE TABLE IF NOT EXISTS agg_member_cohort ON CLUSTER `insights` (
  cohort Date32, months_since_joining UInt32, members UInt32, active_members UInt32, retention Float64, deals_started UInt32, deals_won UInt32,
  deals_started_total UInt32, deals_won_total UInt32
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_member_cohort', '{shard}-{replica}') ORDER BY (cohort, months_since_joining);

CREATE TABLE IF NOT EXISTS agg_monthly_economics ON CLUSTER `insights` (
  month Date32, basis LowCardinality(String), currency LowCardinality(String), acquisition_cost Nullable(Decimal(38, 2)), revenue Nullable(Decimal(38, 2)),
  gross_margin Nullable(Decimal(38, 8)), gross_profit Nullable(Decimal(38, 2)), new_members UInt32, active_members UInt32, churned_members UInt32,
  deals_won UInt32, cost_per_won_deal Nullable(Decimal(38, 2)), cac Nullable(Decimal(38, 2)), arpa Nullable(Decimal(38, 2)), churn_rate Nullable(Float64),
  ltv Nullable(Decimal(38, 2)), ltv_to_cac Nullable(Decimal(38, 4)), payback_months Nullable(Decimal(38, 2))
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_monthly_economics', '{shard}-{replica}') ORDER BY (basis, month, currency);

CREATE TABLE IF NOT EXISTS agg_unit_economics ON CLUSTER `insights` (
  month Date32, currency LowCardinality(String), acquisition_cost Decimal(18, 2), revenue Decimal(18, 2), gross_margin Decimal(18, 8), deals_won UInt32,
  cost_per_won_deal Nullable(Decimal(38, 2)), gross_profit Decimal(38, 2), new_members UInt32, active_members UInt32, churn_rate Nullable(Float64),
  cac Nullable(Decimal(38, 2)), arpa Nullable(Decimal(38, 2)), ltv Nullable(Decimal(38, 2)), ltv_to_cac Nullable(Decimal(38, 4)),
  payback_months Nullable(Decimal(38, 2)), acquisition_cost_reporting Nullable(Decimal(38, 2)), revenue_reporting Nullable(Decimal(38, 2)),
  gross_profit_reporting Nullable(Decimal(38, 2)), cost_per_won_deal_reporting Nullable(Decimal(38, 2)), cac_reporting Nullable(Decimal(38, 2)),
  arpa_reporting Nullable(Decimal(38, 2)), ltv_reporting Nullable(Decimal(38, 2)), ltv_to_cac_reporting Nullable(Decimal(38, 4)),
  payback_months_reporting Nullable(Decimal(38, 2))
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/agg_unit_economics', '{shard}-{replica}') ORDER BY (month, currency);

-- 0004_insight.sql

CREATE TABLE IF NOT EXISTS insight_predictiveness ON CLUSTER `insights` (
  as_of DateTime64(6, 'UTC'), report String
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_predictiveness', '{shard}-{replica}') PARTITION BY toYYYYMMDD(as_of) ORDER BY as_of;

CREATE TABLE IF NOT EXISTS insight_predictiveness_deals ON CLUSTER `insights` (
  partnership_id UUID, entity1_id UUID, entity2_id UUID, started_at DateTime64(6, 'UTC'), excluded LowCardinality(String),
  is_successful Nullable(Bool), success_score Nullable(Decimal(3, 2)), affinity_id Nullable(Int64), computed_at Nullable(DateTime64(6, 'UTC')),
  semantic Nullable(Decimal(5, 4)), goal_alignment Nullable(Decimal(5, 4)), cultural_momentum Nullable(Decimal(5, 4)),
  historical Nullable(Decimal(5, 4)), authenticity Nullable(Decimal(5, 4)), confidence Nullable(Decimal(5, 4)), as_of DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_predictiveness_deals', '{shard}-{replica}') ORDER BY partnership_id;

CREATE TABLE IF NOT EXISTS insight_entity_benchmarks ON CLUSTER `insights` (
  entity_id UUID, metric LowCardinality(String), tenant_id UUID, value Nullable(Float64), n UInt32, cohort Nullable(String),
  cohort_level LowCardinality(Nullable(String)), cohort_n Nullable(UInt32), percentile Nullable(Float64), p25 Nullable(Float64), p50 Nullable(Float64),
  p75 Nullable(Float64), ci_low Nullable(Float64), ci_high Nullable(Float64), shrunken_value Nullable(Float64), explanation String, reason Nullable(String),
  as_of DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_entity_benchmarks', '{shard}-{replica}') ORDER BY (entity_id, metric);

CREATE TABLE IF NOT EXISTS insight_benchmark_snapshots ON CLUSTER `insights` (
  period String, entity_id UUID, metric LowCardinality(String), cohort Nullable(String), cohort_level LowCardinality(Nullable(String)),
  cohort_n Nullable(UInt32), percentile Nullable(Float64), p25 Nullable(Float64), p50 Nullable(Float64), p75 Nullable(Float64),
  shrunken_value Nullable(Float64), reason Nullable(String), as_of DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_benchmark_snapshots', '{shard}-{replica}') PARTITION BY period ORDER BY (entity_id, metric);

CREATE TABLE IF NOT EXISTS insight_entity_badges ON CLUSTER `insights` (
  entity_id UUID, badge LowCardinality(String), tenant_id UUID, level LowCardinality(String), awarded_at DateTime64(6, 'UTC'),
  expires_at DateTime64(6, 'UTC'), evidence String, as_of DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_entity_badges', '{shard}-{replica}') ORDER BY (entity_id, badge);

CREATE TABLE IF NOT EXISTS insight_badge_history ON CLUSTER `insights` (
  entity_id UUID, badge LowCardinality(String), tenant_id UUID, event LowCardinality(String), from_level LowCardinality(Nullable(String)),
  to_level LowCardinality(Nullable(String)), happened_at DateTime64(6, 'UTC'), evidence String
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_badge_history', '{shard}-{replica}') ORDER BY (entity_id, badge, happened_at);

CREATE TABLE IF NOT EXISTS insight_deal_health ON CLUSTER `insights` (
  partnership_id UUID, tenant_id UUID, owner_user_id Nullable(UUID), stage LowCardinality(String), stage_visit UInt32, entered_stage_at DateTime64(6, 'UTC'),
  days_in_stage UInt32, stage_percentile Nullable(Float64), threshold_days UInt32, threshold_source LowCardinality(String),
  chance_30d Nullable(Float64), severity LowCardinality(String), as_of DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_deal_health', '{shard}-{replica}') ORDER BY partnership_id;

CREATE TABLE IF NOT EXISTS insight_entity_success ON CLUSTER `insights` (
  entity_id UUID, tenant_id UUID, success_rate Float64, n UInt32, low Float64, high Float64, as_of DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_entity_success', '{shard}-{replica}') ORDER BY entity_id;

CREATE TABLE IF NOT EXISTS insight_pair_success ON CLUSTER `insights` (
  entity1_id UUID, entity2_id UUID, partnerships UInt32, successes UInt32, rate Float64, last_outcome_at DateTime64(6, 'UTC'), as_of DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_pair_success', '{shard}-{replica}') ORDER BY (entity1_id, entity2_id);

CREATE TABLE IF NOT EXISTS insight_affinity_models ON CLUSTER `insights` (
  version UInt32, status LowCardinality(String), semantic Decimal(5, 4), goal_alignment Decimal(5, 4), cultural_momentum Decimal(5, 4),
  historical Decimal(5, 4), authenticity Decimal(5, 4), n UInt32, evidence String, created_at DateTime64(6, 'UTC'), activated_at Nullable(DateTime64(6, 'UTC')),
  _changed_at DateTime64(6, 'UTC')
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/every_shard/analytics/insight_affinity_models', '{shard}-{replica}', _changed_at) ORDER BY version;

-- 0005_sync.sql

CREATE TABLE IF NOT EXISTS sync_state ON CLUSTER `insights` (
  sync LowCardinality(String), key_hash UInt128, record_key Array(String), row_hash UInt128, mapping_hash LowCardinality(String), deleted UInt8,
  version UInt64, confirmed_run UUID, confirmed_at DateTime64(6, 'UTC')
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/every_shard/analytics/sync_state', '{shard}-{replica}', version) ORDER BY (sync, key_hash);

CREATE TABLE IF NOT EXISTS sync_runs ON CLUSTER `insights` (
  run_id UUID, sync LowCardinality(String), target LowCardinality(String), status LowCardinality(String), inserted UInt64, updated UInt64, deleted UInt64,
  unchanged UInt64, failed UInt64, held UInt64, reason String, started_at DateTime64(6, 'UTC'), finished_at DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/sync_runs', '{shard}-{replica}') ORDER BY (sync, started_at);

CREATE TABLE IF NOT EXISTS sync_rejects ON CLUSTER `insights` (
  run_id UUID, sync LowCardinality(String), record_key String, payload String, error_class LowCardinality(String), error_code LowCardinality(String),
  error String, rejected_at DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/sync_rejects', '{shard}-{replica}') ORDER BY (sync, record_key, rejected_at);

-- 0006_stage_time.sql

CREATE TABLE IF NOT EXISTS insight_stage_visits ON CLUSTER `insights` (
  partnership_id UUID, tenant_id UUID, owner_user_id Nullable(UUID), partnership_type LowCardinality(String), stage LowCardinality(String),
  entered_at DateTime64(6, 'UTC'), left_at Nullable(DateTime64(6, 'UTC')), exit LowCardinality(String), entered_day Int32, last_day Int32,
  as_of DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_stage_visits', '{shard}-{replica}') ORDER BY (stage, partnership_type, partnership_id, entered_at);

CREATE TABLE IF NOT EXISTS insight_stage_time ON CLUSTER `insights` (
  stage LowCardinality(String), partnership_type LowCardinality(String), method LowCardinality(String), code_version LowCardinality(String),
  window_from Date32, window_to Date32, visits UInt64, exits UInt64, median Nullable(Float64), p75 Nullable(Float64), p75_low Nullable(Float64),
  p75_high Nullable(Float64), p90 Nullable(Float64), p90_low Nullable(Float64), p90_high Nullable(Float64), warn_days UInt32, critical_days UInt32,
  source LowCardinality(String), level LowCardinality(Nullable(String)), reviewed_on Date32, warnings Array(String), as_of DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_stage_time', '{shard}-{replica}') PARTITION BY toYYYYMMDD(as_of) ORDER BY (stage, partnership_type);

CREATE TABLE IF NOT EXISTS insight_stall_backtests ON CLUSTER `insights` (
  period_from Date32, period_to Date32, rule LowCardinality(String), days Nullable(UInt32), method LowCardinality(String), code_version LowCardinality(String),
  visits UInt64, owners UInt64, alerts UInt64, right UInt64, wrong UInt64, undecided UInt64, precision Nullable(Float64), precision_low Nullable(Float64),
  precision_high Nullable(Float64), lead_days Nullable(Float64), alerts_per_owner_week Float64, as_of DateTime64(6, 'UTC')
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/every_shard/analytics/insight_stall_backtests', '{shard}-{replica}', as_of) ORDER BY (period_from, period_to, rule);

ALTER TABLE insight_deal_health ON CLUSTER `insights` ADD COLUMN IF NOT EXISTS partnership_type LowCardinality(String),
  ADD COLUMN IF NOT EXISTS critical_days UInt32,
  ADD COLUMN IF NOT EXISTS chance_at_entry Nullable(Float64),
  ADD COLUMN IF NOT EXISTS expected_loss Nullable(Decimal(12, 2)),
  ADD COLUMN IF NOT EXISTS currency LowCardinality(String),
  ADD COLUMN IF NOT EXISTS peer_level LowCardinality(Nullable(String));

-- 0007_model_decisions.sql

CREATE TABLE IF NOT EXISTS insight_model_decisions ON CLUSTER `insights` (
  decision_id UUID, decision LowCardinality(String), decided_version UInt32, version UInt32, status LowCardinality(String),
  activated_at Nullable(DateTime64(6, 'UTC')), decided_by String, reason String, decided_at DateTime64(6, 'UTC')
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/every_shard/analytics/insight_model_decisions', '{shard}-{replica}') ORDER BY (decided_at, decision_id, version);

ALTER TABLE insight_affinity_models ON CLUSTER `insights` ADD COLUMN IF NOT EXISTS decided_at Nullable(DateTime64(6, 'UTC')) AFTER activated_at;

-- 0008_benchmark_trends.sql

ALTER TABLE insight_entity_benchmarks ON CLUSTER `insights` ADD COLUMN IF NOT EXISTS ci_reason LowCardinality(Nullable(String)), ADD COLUMN IF NOT EXISTS top_percent Nullable(Float64),
  ADD COLUMN IF NOT EXISTS floor_percentile Nullable(Float64);

ALTER TABLE insight_benchmark_snapshots ON CLUSTER `insights` ADD COLUMN IF NOT EXISTS top_percent Nullable(Float64), ADD COLUMN IF NOT EXISTS floor_percentile Nullable(Float64),
  ADD COLUMN IF NOT EXISTS counted_in Array(String), ADD COLUMN IF NOT EXISTS counted_tenant_id Nullable(UUID),
  ADD COLUMN IF NOT EXISTS counted_value Nullable(Float64), ADD COLUMN IF NOT EXISTS counted_n UInt32,
  ADD COLUMN IF NOT EXISTS counted_count Nullable(UInt32), ADD COLUMN IF NOT EXISTS counted_low Nullable(Float64),
  ADD COLUMN IF NOT EXISTS counted_high Nullable(Float64);

CREATE TABLE IF NOT EXISTS insight_entity_trends ON CLUSTER `insights` (
  entity_id UUID, metric LowCardinality(String), tenant_id UUID, points UInt32, first_month Nullable(UInt32), last_month Nullable(UInt32),
  slope Nullable(Float64), z Nullable(Float64), p Nullable(Float64), direction LowCardinality(Nullable(String)),
  reason LowCardinality(Nullable(String)), explanation String, as_of DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_entity_trends', '{shard}-{replica}') ORDER BY (entity_id, metric);

-- 0009_data_test_status.sql

CREATE TABLE IF NOT EXISTS data_test_status ON CLUSTER `insights` (
  run_id UUID, test LowCardinality(String), model LowCardinality(String), severity LowCardinality(String), rule String, failures UInt64,
  sample Array(String), tested_at DateTime64(6, 'UTC'), recorded_at DateTime64(6, 'UTC') DEFAULT now64(6)
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/every_shard/analytics/data_test_status', '{shard}-{replica}', recorded_at) ORDER BY test;

-- 0010_forecast.sql

CREATE TABLE IF NOT EXISTS insight_deal_forecasts ON CLUSTER `insights` (
  partnership_id UUID, tenant_id UUID, stage LowCardinality(String), chance Nullable(Float64), base_rate Nullable(Float64),
  method LowCardinality(String), reason LowCardinality(Nullable(String)), deal_value Decimal(12, 2), currency LowCardinality(String),
  value_reporting Nullable(Decimal(38, 2)), expected_value Nullable(Decimal(38, 2)), contributions String,
  code_version LowCardinality(String), model_day Date32, as_of DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_deal_forecasts', '{shard}-{replica}') ORDER BY partnership_id;

CREATE TABLE IF NOT EXISTS insight_forecasts ON CLUSTER `insights` (
  as_of DateTime64(6, 'UTC'), method LowCardinality(String), code_version LowCardinality(String), window_from Date32, window_to Date32,
  seed UInt32, n UInt64, n_successful UInt64, skill Nullable(Float64), skill_low Nullable(Float64), skill_high Nullable(Float64),
  open_deals UInt64, expected_value Nullable(Decimal(38, 2)), value_low Nullable(Decimal(38, 2)), value_high Nullable(Decimal(38, 2)),
  coverage Nullable(Float64), warnings Array(String), report String
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_forecasts', '{shard}-{replica}') PARTITION BY toYYYYMMDD(as_of) ORDER BY as_of;

-- 0011_network_effects.sql

CREATE TABLE IF NOT EXISTS insight_network_effects ON CLUSTER `insights` (
  as_of DateTime64(6, 'UTC'), method String, code_version LowCardinality(String), window_from Nullable(String), window_to Nullable(String),
  seed UInt32, outcomes UInt64, entities UInt64, partnerships UInt64, warnings Array(String), report String
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_network_effects', '{shard}-{replica}') PARTITION BY toYYYYMMDD(as_of) ORDER BY as_of;

ALTER TABLE insight_predictiveness_deals ON CLUSTER `insights` ADD COLUMN IF NOT EXISTS aged_semantic Nullable(Decimal(5, 4)), ADD COLUMN IF NOT EXISTS aged_goal_alignment Nullable(Decimal(5, 4)),
  ADD COLUMN IF NOT EXISTS aged_cultural_momentum Nullable(Decimal(5, 4)), ADD COLUMN IF NOT EXISTS aged_historical Nullable(Decimal(5, 4)),
  ADD COLUMN IF NOT EXISTS aged_authenticity Nullable(Decimal(5, 4)), ADD COLUMN IF NOT EXISTS aged_confidence Nullable(Decimal(5, 4));

-- 0012_result_versions.sql

CREATE TABLE IF NOT EXISTS insight_results ON CLUSTER `insights` (
  part LowCardinality(String), tables Array(String), method String, code_version LowCardinality(String),
  window_from Nullable(DateTime64(6, 'UTC')), window_to DateTime64(6, 'UTC'), seed Nullable(UInt32), n UInt64, warnings Array(String),
  as_of DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/insight_results', '{shard}-{replica}') ORDER BY part;

-- 0013_benchmark_evidence.sql

ALTER TABLE insight_benchmark_snapshots ON CLUSTER `insights` ADD COLUMN IF NOT EXISTS snapshot_n Nullable(UInt32) DEFAULT if(notEmpty(counted_in), counted_n, NULL);

-- 0014_sync_history.sql

ALTER TABLE sync_state ON CLUSTER `insights` ADD COLUMN IF NOT EXISTS generation UInt32 DEFAULT 0,
  ADD COLUMN IF NOT EXISTS intended_hash UInt128 DEFAULT 0;

ALTER TABLE sync_runs ON CLUSTER `insights` ADD COLUMN IF NOT EXISTS trigger LowCardinality(String) DEFAULT 'pipeline',
  ADD COLUMN IF NOT EXISTS requested_by String DEFAULT '',
  ADD COLUMN IF NOT EXISTS error_class LowCardinality(String) DEFAULT '',
  ADD COLUMN IF NOT EXISTS error_code LowCardinality(String) DEFAULT '',
  ADD COLUMN IF NOT EXISTS timings Map(LowCardinality(String), UInt64);

CREATE TABLE IF NOT EXISTS sync_changelog ON CLUSTER `insights` (
  sync LowCardinality(String), run_id UUID, key_hash UInt128, record_key Array(String), op LowCardinality(String), reason LowCardinality(String),
  row_hash UInt128, generation UInt32, fields Map(LowCardinality(String), Nullable(String)), confirmed_at DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/sync_changelog', '{shard}-{replica}') PARTITION BY toYYYYMM(confirmed_at) ORDER BY (sync, key_hash, confirmed_at) TTL toDateTime(confirmed_at) + toIntervalDay(90);

DROP TABLE IF EXISTS sync_rejects ON CLUSTER `insights` SYNC;

CREATE TABLE IF NOT EXISTS sync_row_rejects ON CLUSTER `insights` (
  sync LowCardinality(String), key_hash UInt128, record_key Array(String), payload String, payload_hash UInt128, run_id UUID,
  error_class LowCardinality(String), error_code LowCardinality(String), error String, attempts UInt32,
  first_rejected_at DateTime64(6, 'UTC'), rejected_at DateTime64(6, 'UTC'), resolved_at Nullable(DateTime64(6, 'UTC')), version UInt64
) ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/every_shard/analytics/sync_row_rejects', '{shard}-{replica}', version) ORDER BY (sync, key_hash);

CREATE OR REPLACE VIEW sync_rejects ON CLUSTER `insights` AS
SELECT sync, key_hash, record_key, payload, payload_hash, run_id, error_class, error_code, error, attempts, first_rejected_at, rejected_at, resolved_at
FROM sync_row_rejects FINAL;

CREATE TABLE IF NOT EXISTS sync_plan_rows ON CLUSTER `insights` (
  plan_id UUID, sync LowCardinality(String), seq UInt64, op LowCardinality(String), action LowCardinality(String), reason LowCardinality(String),
  record_key Array(String), before Nullable(String), after Map(LowCardinality(String), Nullable(String)), planned_at DateTime64(6, 'UTC')
) ENGINE = ReplicatedMergeTree('/clickhouse/tables/every_shard/analytics/sync_plan_rows', '{shard}-{replica}') ORDER BY (plan_id, seq) TTL toDateTime(planned_at) + toIntervalDay(7);
