-- Entities, one to three versions each (a tier or an industry that changed). Grain: one row a version.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); start, end DateTime64(6) (the ten years); entities, tenants UInt64
INSERT INTO raw_entities
WITH
  {start: DateTime64(6, 'UTC')} + toIntervalSecond(toUInt32(bench_share({seed: UInt64}, 'joined', number) * 300000000)) AS joined,
  joined + toIntervalSecond(version * toUInt32(500000 + bench_share({seed: UInt64}, 'pause', number) * 5000000)) AS moment
SELECT
  bench_uuid({seed: UInt64}, 'entity', number) AS id,
  bench_uuid({seed: UInt64}, 'tenant', number % {tenants: UInt64}) AS tenant_id,
  bench_pick({seed: UInt64}, 'entity_type', number, ['brand', 'member', 'content']) AS entity_type,
  concat('Entity ', toString(number)) AS name,
  bench_pick({seed: UInt64}, 'industry', if(version = 2, number + {entities: UInt64}, number),
    ['fashion', 'music', 'film', 'gaming', 'sports', 'food', 'travel', 'technology', 'health', 'finance', 'education', 'art']) AS industry,
  if(bench_share({seed: UInt64}, 'founded', number) < 0.9, toNullable(toInt32(1950 + bench_hash({seed: UInt64}, 'year', number) % 70)), NULL) AS founded_year,
  bench_pick({seed: UInt64}, 'location', number, [toNullable('New York'), 'London', 'Berlin', 'Tokyo', 'Paris', NULL, 'Lagos', 'Lima']) AS location,
  bench_pick({seed: UInt64}, 'tier', number * 4 + version, ['individual', 'professional', 'enterprise']) AS tier,
  joined AS created_at,
  moment AS updated_at,
  NULL AS deleted_at,
  cityHash64(number, version) AS _row_hash,
  moment AS _version_at,
  false AS _deleted,
  bench_extracted(moment) AS _extracted_at,
  bench_uuid({seed: UInt64}, 'run', toUnixTimestamp(_extracted_at)) AS _run_id
FROM numbers({first: UInt64}, {rows: UInt64})
ARRAY JOIN range(1 + bench_skewed({seed: UInt64}, 'versions', number, 3)) AS version
