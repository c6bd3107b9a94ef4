-- snapshot_n: the evidence behind an entity's own figure when its percentile was published. In rows from before, what the cohorts
-- counted of it; unknown for who was placed in a cohort without being counted.
ALTER TABLE insight_benchmark_snapshots
  ADD COLUMN IF NOT EXISTS snapshot_n Nullable(UInt32) DEFAULT if(notEmpty(counted_in), counted_n, NULL);
