-- Raw layer: rows as extracted, every observed version kept, exact repeats collapsed by the loader.
-- _row_hash covers all source columns. _version_at is the instant from which a version counts: the cursor column's value, the
-- instant of the extraction where there is none, never before the deletion it follows. _deleted marks the version that says that
-- the row is gone. _extracted_at grows with every load of a source: a model's increment is what came after its position.

CREATE TABLE IF NOT EXISTS raw_tenants (
  id UUID, name String,
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_users (
  id UUID, tenant_id UUID, email String, full_name String, slack_user_id Nullable(String), time_zone String, manager_id Nullable(UUID),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_entities (
  id UUID, tenant_id UUID, entity_type LowCardinality(String), name String, industry LowCardinality(String), founded_year Nullable(Int32),
  location Nullable(String), tier LowCardinality(String), created_at DateTime64(6, 'UTC'), updated_at DateTime64(6, 'UTC'), deleted_at Nullable(DateTime64(6, 'UTC')),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_partnerships (
  id UUID, tenant_id UUID, entity1_id UUID, entity2_id UUID, owner_user_id UUID, partnership_type LowCardinality(String), stage LowCardinality(String),
  deal_value Decimal(12, 2), currency LowCardinality(String), success_score Nullable(Decimal(3, 2)), start_date Nullable(Date32), end_date Nullable(Date32),
  signed_at Nullable(DateTime64(6, 'UTC')), activated_at Nullable(DateTime64(6, 'UTC')), created_at DateTime64(6, 'UTC'), updated_at DateTime64(6, 'UTC'),
  deleted_at Nullable(DateTime64(6, 'UTC')),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_deal_events (
  id Int64, partnership_id UUID, from_stage Nullable(String), to_stage LowCardinality(String), actor_entity_id Nullable(UUID), occurred_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_milestones (
  id UUID, partnership_id UUID, completed Bool, completed_at Nullable(DateTime64(6, 'UTC')), due_date Nullable(Date32), updated_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_affinity_scores (
  id Int64, entity1_id UUID, entity2_id UUID, affinity_score Decimal(5, 2), semantic Decimal(5, 4), goal_alignment Decimal(5, 4), cultural_momentum Decimal(5, 4),
  historical Decimal(5, 4), authenticity Decimal(5, 4), confidence Decimal(5, 4), recommendation_tier LowCardinality(String),
  computed_at DateTime64(6, 'UTC'), ingested_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toYYYYMM(computed_at) ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_trends (
  id UUID, name String, category LowCardinality(String), lifecycle_stage LowCardinality(String), updated_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_trend_metrics (
  id Int64, trend_id UUID, momentum_score Decimal(5, 4), velocity Decimal(5, 4), signal_count Int32, engagement_total Int64, sentiment_avg Decimal(3, 2),
  measured_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toYYYYMM(measured_at) ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_user_activity (
  id Int64, user_id UUID, activity_type LowCardinality(String), target_entity_id Nullable(UUID), partnership_id Nullable(UUID), occurred_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toYYYYMM(occurred_at) ORDER BY (id, _version_at);

CREATE TABLE IF NOT EXISTS raw_graph_alignments (
  entity_id UUID, trend_id UUID, strength Float64, since Nullable(DateTime64(6, 'UTC')),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (entity_id, trend_id, _version_at);

CREATE TABLE IF NOT EXISTS raw_graph_affinities (
  entity1_id UUID, entity2_id UUID, score Float64, computed_at Nullable(DateTime64(6, 'UTC')),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (entity1_id, entity2_id, _version_at);

CREATE TABLE IF NOT EXISTS raw_unit_economics (
  month Date32, acquisition_cost Decimal(18, 2), revenue Decimal(18, 2), gross_margin Decimal(18, 8), currency LowCardinality(String),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (month, currency, _version_at);

CREATE TABLE IF NOT EXISTS raw_fx_rates (
  date Date32, currency LowCardinality(String), rate Decimal(18, 8),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (currency, date, _version_at);

CREATE TABLE IF NOT EXISTS raw_rejects (
  run_id UUID, source LowCardinality(String), record_key String, payload String, reason_code LowCardinality(String), reason String,
  rejected_at DateTime64(6, 'UTC'), replayed_at Nullable(DateTime64(6, 'UTC')), _payload_hash UInt64,
  _file String, _line UInt64
) ENGINE = MergeTree ORDER BY (source, record_key, rejected_at);

-- How far each source was read: one row a load, appended after its rows were confirmed; the newest row counts. changed_at is the
-- _extracted_at of the last load that brought or took rows: the position up to which models can be built.
CREATE TABLE IF NOT EXISTS raw_cursors (
  source LowCardinality(String), cursor Nullable(String), rules String, run_id UUID, confirmed_at DateTime64(6, 'UTC'), changed_at DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (source, confirmed_at);
