-- Grain: one row per entity version (SCD 2, half-open intervals), plus the unknown member of key 0.
-- A version begins where a described attribute changed; of versions of the same instant the one extracted last counts. An entity that
-- is gone from its source ends in a deleted version; one that returns begins another.
WITH
  toDateTime64('1900-01-01 00:00:00', 6, 'UTC') AS beginning,
  toDateTime64('2299-12-31 00:00:00', 6, 'UTC') AS ending,
  observed AS (
    SELECT *, sipHash64(toString(tuple(tenant_id, entity_type, name, industry, founded_year, location, tier, created_at, deleted_at IS NOT NULL OR _deleted))) AS described
    FROM raw_entities
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
  sipHash64(id, version) AS entity_key,
  id AS entity_id,
  entity_type,
  name AS entity_name,
  industry,
  founded_year,
  location,
  tier,
  tenant_id,
  created_at,
  if(version = 1, beginning, _version_at) AS valid_from,
  ifNull(next_at, ending) AS valid_to,
  next_at IS NULL AS is_current,
  (deleted_at IS NOT NULL OR _deleted) AS is_deleted,
  version
FROM numbered
UNION ALL
SELECT
  0, toUUID('00000000-0000-0000-0000-000000000000'), 'unknown', 'Unknown', 'unknown', NULL, NULL, 'unknown',
  toUUID('00000000-0000-0000-0000-000000000000'), beginning, beginning, ending, true, false, 1
