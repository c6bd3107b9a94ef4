-- Grain: one row per trend version (SCD 2, half-open intervals), plus the unknown member of key 0. Same rules as dim_entity,
-- except that a trend that is gone from its source keeps its last version: it has no column to say so.
WITH
  toDateTime64('1900-01-01 00:00:00', 6, 'UTC') AS beginning,
  toDateTime64('2299-12-31 00:00:00', 6, 'UTC') AS ending,
  observed AS (
    SELECT *, sipHash64(toString(tuple(name, category, lifecycle_stage))) AS described
    FROM raw_trends
    WHERE NOT _deleted
    ORDER BY id, _version_at, _extracted_at DESC, _row_hash
    LIMIT 1 BY id, _version_at
  ),
  changed AS (
    SELECT *, lagInFrame(toNullable(described)) OVER (PARTITION BY id ORDER BY _version_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS described_before
    FROM observed
  ),
  numbered AS (
    SELECT
      *,
      toUInt32(row_number() OVER history) AS version,
      leadInFrame(toNullable(_version_at)) OVER (PARTITION BY id ORDER BY _version_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_at
    FROM changed
    WHERE described_before IS NULL OR described != described_before
    WINDOW history AS (PARTITION BY id ORDER BY _version_at)
  )
SELECT
  sipHash64(id, version) AS trend_key,
  id AS trend_id,
  name AS trend_name,
  category,
  lifecycle_stage,
  if(version = 1, beginning, _version_at) AS valid_from,
  ifNull(next_at, ending) AS valid_to,
  next_at IS NULL AS is_current,
  version
FROM numbered
UNION ALL
SELECT 0, toUUID('00000000-0000-0000-0000-000000000000'), 'Unknown', 'unknown', 'unknown', beginning, ending, true, 1
