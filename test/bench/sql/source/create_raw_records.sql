-- Where the eight-column rows go when they keep the contract.
CREATE TABLE raw_records (
  id Int64, ref UUID, note String, remark Nullable(String), amount Decimal(12, 2), score Decimal(5, 4), happened_at DateTime64(6, 'UTC'),
  kind LowCardinality(String),
  _row_hash UInt64, _version_at DateTime64(6, 'UTC'), _deleted Bool, _extracted_at DateTime64(6, 'UTC'), _run_id UUID,
  INDEX _extracted _extracted_at TYPE minmax GRANULARITY 1
) ENGINE = MergeTree ORDER BY (id, _version_at)
