-- Grain: one row per entity version (SCD 2, half-open intervals), plus the unknown member of key 0.
-- A version begins where a described attribute changed; same-instant versions keep the one extracted last.
WITH
  toDateTime64('1900-01-01 00:00:00', 6, 'UTC') AS beginning,
  toDateTime64('2299-12-31 00:00:00', 6, 'UTC') AS ending,
  observed AS (
    SELECT *, sipHash64(toString(tuple(tenant_id, entity_type, name, industry, founded_year, location, tier, created_at, deleted_at IS NOT NULL))) AS described
    FROM raw_entities
    ORDER BY id, updated_at, _extracted_at DESC, _row_hash
    LIMIT 1 BY id, updated_at
  ),
  changed AS (
    SELECT *, lagInFrame(toNullable(described)) OVER (PARTITION BY id ORDER BY updated_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS described_before
    FROM observed
  ),
  numbered AS (
    SELECT
      *,
      toUInt32(row_number() OVER history) AS version,
      leadInFrame(toNullable(updated_at)) OVER (PARTITION BY id ORDER BY updated_at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS next_at
    FROM changed
    WHERE described_before IS NULL OR described != described_before
    WINDOW history AS (PARTITION BY id ORDER BY updated_at)
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
  if(version = 1, beginning, updated_at) AS valid_from,
  ifNull(next_at, ending) AS valid_to,
  next_at IS NULL AS is_current,
  deleted_at IS NOT NULL AS is_deleted,
  version
FROM numbered
UNION ALL
SELECT
  0, toUUID('00000000-0000-0000-0000-000000000000'), 'unknown', 'Unknown', 'unknown', NULL, NULL, 'unknown',
  toUUID('00000000-0000-0000-0000-000000000000'), beginning, beginning, ending, true, false, 1
