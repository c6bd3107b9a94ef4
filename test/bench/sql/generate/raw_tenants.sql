-- Tenants. Grain: one row a tenant.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); start, end DateTime64(6) (the ten years)
INSERT INTO raw_tenants
SELECT
  bench_uuid({seed: UInt64}, 'tenant', number) AS id,
  concat('Tenant ', toString(number)) AS name,
  cityHash64(number) AS _row_hash,
  {start: DateTime64(6, 'UTC')} AS _version_at,
  false AS _deleted,
  {start: DateTime64(6, 'UTC')} AS _extracted_at,
  bench_uuid({seed: UInt64}, 'run', 0) AS _run_id
FROM numbers({first: UInt64}, {rows: UInt64})
