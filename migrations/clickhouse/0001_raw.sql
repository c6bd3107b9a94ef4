-- Raw layer: rows as extracted, every observed version kept, exact repeats collapsed by the loader.
-- _row_hash covers all source columns. _version_at is the instant from which a version counts: the cursor column's value, the
-- instant of the extraction where there is none, never before the deletion it follows. _deleted marks the version that says that
-- the row is gone. _extracted_at grows with every load of a source: a model's increment is what came after its position.
--
-- Above each table, for a cluster (CLICKHOUSE_CLUSTER, docs/cluster.md): "shard by: <UInt64 expression>" or "on every shard".
-- "retain by: <column>" marks what RETENTION_YEARS lets go and PARTITION_BY cuts. Rows that a model joins share a shard: a child
-- lies with its partnership, an activity with its user; what everything joins lies everywhere.

-- on every shard
CREATE TABLE IF NOT EXISTS raw_tenants (
  id UUID, name String,
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

-- on every shard
CREATE TABLE IF NOT EXISTS raw_users (
  id UUID, tenant_id UUID, email String, full_name String, slack_user_id Nullable(String), time_zone String, manager_id Nullable(UUID),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

-- on every shard
CREATE TABLE IF NOT EXISTS raw_entities (
  id UUID, tenant_id UUID, entity_type LowCardinality(String), name String, industry LowCardinality(String), founded_year Nullable(Int32),
  location Nullable(String), tier LowCardinality(String), created_at DateTime64(6, 'UTC'), updated_at DateTime64(6, 'UTC'), deleted_at Nullable(DateTime64(6, 'UTC')),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

-- shard by: sipHash64(id)
CREATE TABLE IF NOT EXISTS raw_partnerships (
  id UUID, tenant_id UUID, entity1_id UUID, entity2_id UUID, owner_user_id UUID, partnership_type LowCardinality(String), stage LowCardinality(String),
  deal_value Decimal(12, 2), currency LowCardinality(String), success_score Nullable(Decimal(3, 2)), start_date Nullable(Date32), end_date Nullable(Date32),
  signed_at Nullable(DateTime64(6, 'UTC')), activated_at Nullable(DateTime64(6, 'UTC')), created_at DateTime64(6, 'UTC'), updated_at DateTime64(6, 'UTC'),
  deleted_at Nullable(DateTime64(6, 'UTC')),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

-- shard by: sipHash64(partnership_id)
CREATE TABLE IF NOT EXISTS raw_deal_events (
  id Int64, partnership_id UUID, from_stage Nullable(String), to_stage LowCardinality(String), actor_entity_id Nullable(UUID), occurred_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

-- shard by: sipHash64(partnership_id)
CREATE TABLE IF NOT EXISTS raw_milestones (
  id UUID, partnership_id UUID, completed Bool, completed_at Nullable(DateTime64(6, 'UTC')), due_date Nullable(Date32), updated_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

-- shard by: sipHash64(id)
-- retain by: computed_at
CREATE TABLE IF NOT EXISTS raw_affinity_scores (
  id Int64, entity1_id UUID, entity2_id UUID, affinity_score Decimal(5, 2), semantic Decimal(5, 4), goal_alignment Decimal(5, 4), cultural_momentum Decimal(5, 4),
  historical Decimal(5, 4), authenticity Decimal(5, 4), confidence Decimal(5, 4), recommendation_tier LowCardinality(String),
  computed_at DateTime64(6, 'UTC'), ingested_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toYYYYMM(computed_at) ORDER BY (id, _version_at);

-- on every shard
CREATE TABLE IF NOT EXISTS raw_trends (
  id UUID, name String, category LowCardinality(String), lifecycle_stage LowCardinality(String), updated_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at);

-- shard by: sipHash64(id)
-- retain by: measured_at
CREATE TABLE IF NOT EXISTS raw_trend_metrics (
  id Int64, trend_id UUID, momentum_score Decimal(5, 4), velocity Decimal(5, 4), signal_count Int32, engagement_total Int64, sentiment_avg Decimal(3, 2),
  measured_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toYYYYMM(measured_at) ORDER BY (id, _version_at);

-- shard by: sipHash64(user_id)
-- retain by: occurred_at
CREATE TABLE IF NOT EXISTS raw_user_activity (
  id Int64, user_id UUID, activity_type LowCardinality(String), target_entity_id Nullable(UUID), partnership_id Nullable(UUID), occurred_at DateTime64(6, 'UTC'),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toYYYYMM(occurred_at) ORDER BY (id, _version_at);

-- on every shard
CREATE TABLE IF NOT EXISTS raw_graph_alignments (
  entity_id UUID, trend_id UUID, strength Float64, since Nullable(DateTime64(6, 'UTC')),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (entity_id, trend_id, _version_at);

-- shard by: sipHash64(entity1_id, entity2_id)
CREATE TABLE IF NOT EXISTS raw_graph_affinities (
  entity1_id UUID, entity2_id UUID, score Float64, computed_at Nullable(DateTime64(6, 'UTC')),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (entity1_id, entity2_id, _version_at);

-- on every shard
CREATE TABLE IF NOT EXISTS raw_unit_economics (
  month Date32, acquisition_cost Decimal(18, 2), revenue Decimal(18, 2), gross_margin Decimal(18, 8), currency LowCardinality(String),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (month, currency, _version_at);

-- on every shard
CREATE TABLE IF NOT EXISTS raw_fx_rates (
  date Date32, currency LowCardinality(String), rate Decimal(18, 8),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (currency, date, _version_at);

-- on every shard
CREATE TABLE IF NOT EXISTS raw_rejects (
  run_id UUID, source LowCardinality(String), record_key String, payload String, reason_code LowCardinality(String), reason String,
  rejected_at DateTime64(6, 'UTC'), replayed_at Nullable(DateTime64(6, 'UTC')), _payload_hash UInt64, _replayed_by String,
  _file String, _line UInt64
) ENGINE = MergeTree ORDER BY (source, record_key, rejected_at);

-- How far each source was read, written after the rows of a load were confirmed; the newest row of a source counts and replaces the
-- others, because streaming confirms a load each second. changed_at is the _extracted_at of the last load that brought or took rows:
-- the position up to which models can be built. Both instants only grow.
-- on every shard
CREATE TABLE IF NOT EXISTS raw_cursors (
  source LowCardinality(String), cursor Nullable(String), rules String, run_id UUID, confirmed_at DateTime64(6, 'UTC'), changed_at DateTime64(6, 'UTC')
) ENGINE = ReplacingMergeTree(confirmed_at) ORDER BY source;

-- Comparisons of a source's keys with raw, and what people decided about them; the newest row of a source counts. outcome: applied
-- (what was missing is deleted), held (too much was missing to believe it), released (the next comparison may delete up to `missing`
-- keys, asked by the key or person named). live, missing, found and unknown are numbers of keys.
-- on every shard
CREATE TABLE IF NOT EXISTS raw_sweeps (
  source LowCardinality(String), at DateTime64(6, 'UTC'), outcome LowCardinality(String), run_id UUID,
  live UInt64, missing UInt64, found UInt64, unknown UInt64, asked_by String
) ENGINE = MergeTree ORDER BY (source, at);

-- Change data capture, one row a record. state: snapshot (a hand-over is complete; reason says why it was made), begun (a batch will be
-- loaded), done (a batch is loaded, or the log went on without changes for us). The highest to_lsn of snapshot and done in the newest
-- generation is how far raw is; sources are the streamed ones with their fingerprints. Records of batches are kept for 90 days;
-- the order of the table finds the newest of a state without reading the others.
-- on every shard
CREATE TABLE IF NOT EXISTS raw_cdc (
  slot LowCardinality(String), generation UUID, state LowCardinality(String), reason LowCardinality(String), origin LowCardinality(String), sources Map(String, String),
  from_lsn UInt64, to_lsn UInt64, base DateTime64(6, 'UTC'), rows UInt64, truncated Array(String), committed_at Nullable(DateTime64(6, 'UTC')),
  recorded_at DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (state, generation, to_lsn) TTL toDateTime(recorded_at) + toIntervalDay(90) DELETE WHERE state != 'snapshot';
