-- What entity benchmarks tell beside the figures of the target table. ci_reason: why there is no interval. top_percent: percent of the
-- cohort that is at least as good. floor_percentile: where the cautious figure stands among the cohort's shrunken ones.
ALTER TABLE insight_entity_benchmarks
  ADD COLUMN IF NOT EXISTS ci_reason LowCardinality(Nullable(String)), ADD COLUMN IF NOT EXISTS top_percent Nullable(Float64),
  ADD COLUMN IF NOT EXISTS floor_percentile Nullable(Float64);

-- counted_*: what the cohorts of the snapshot count of the entity, and in which (keys: entity type, industry, tier as JSON; null for a
-- dropped level). The next snapshot reads it, nobody else does.
ALTER TABLE insight_benchmark_snapshots
  ADD COLUMN IF NOT EXISTS top_percent Nullable(Float64), ADD COLUMN IF NOT EXISTS floor_percentile Nullable(Float64),
  ADD COLUMN IF NOT EXISTS counted_in Array(String), ADD COLUMN IF NOT EXISTS counted_tenant_id Nullable(UUID),
  ADD COLUMN IF NOT EXISTS counted_value Nullable(Float64), ADD COLUMN IF NOT EXISTS counted_n UInt32,
  ADD COLUMN IF NOT EXISTS counted_count Nullable(UInt32), ADD COLUMN IF NOT EXISTS counted_low Nullable(Float64),
  ADD COLUMN IF NOT EXISTS counted_high Nullable(Float64);

-- How an entity's own figures move over complete months (yyyymm): Mann-Kendall's z and p, Theil and Sen's slope a month.
-- on every shard
CREATE TABLE IF NOT EXISTS insight_entity_trends (
  entity_id UUID, metric LowCardinality(String), tenant_id UUID, points UInt32, first_month Nullable(UInt32), last_month Nullable(UInt32),
  slope Nullable(Float64), z Nullable(Float64), p Nullable(Float64), direction LowCardinality(Nullable(String)),
  reason LowCardinality(Nullable(String)), explanation String, as_of DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY (entity_id, metric);
