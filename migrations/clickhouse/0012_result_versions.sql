-- What the results of the insight step stand on: one row a part of which the tables have no such columns of their own, replaced whole.
-- window_from is null where all that is known counts. seed is null where nothing is random. n: deals, entities or pairs looked at.
-- on every shard
CREATE TABLE IF NOT EXISTS insight_results (
  part LowCardinality(String), tables Array(String), method String, code_version LowCardinality(String),
  window_from Nullable(DateTime64(6, 'UTC')), window_to DateTime64(6, 'UTC'), seed Nullable(UInt32), n UInt64, warnings Array(String),
  as_of DateTime64(6, 'UTC')
) ENGINE = MergeTree ORDER BY part;
