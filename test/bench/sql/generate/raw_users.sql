-- Users; the first of each tenant manages the others. Grain: one row a user.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); start, end DateTime64(6) (the ten years); tenants UInt64
INSERT INTO raw_users
SELECT
  bench_uuid({seed: UInt64}, 'user', number) AS id,
  bench_uuid({seed: UInt64}, 'tenant', number % {tenants: UInt64}) AS tenant_id,
  concat('user', toString(number), '@tenant', toString(number % {tenants: UInt64}), '.example') AS email,
  concat('User ', toString(number)) AS full_name,
  if(bench_share({seed: UInt64}, 'slack', number) < 0.7, toNullable(concat('U', hex(bench_hash({seed: UInt64}, 'slack_id', number)))), NULL) AS slack_user_id,
  bench_pick({seed: UInt64}, 'time_zone', number, ['America/New_York', 'Europe/Berlin', 'America/Los_Angeles', 'Asia/Tokyo', 'UTC']) AS time_zone,
  if(number < {tenants: UInt64}, NULL, toNullable(bench_uuid({seed: UInt64}, 'user', number % {tenants: UInt64}))) AS manager_id,
  cityHash64(number) AS _row_hash,
  {start: DateTime64(6, 'UTC')} AS _version_at,
  false AS _deleted,
  {start: DateTime64(6, 'UTC')} AS _extracted_at,
  bench_uuid({seed: UInt64}, 'run', 0) AS _run_id
FROM numbers({first: UInt64}, {rows: UInt64})
