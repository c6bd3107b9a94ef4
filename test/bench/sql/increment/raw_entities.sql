-- Entities whose tier changed. Grain: one row a new version. Parameters: seed, rows UInt64; since DateTime64(6)
INSERT INTO raw_entities
SELECT
  * REPLACE (
    if(tier = 'enterprise', 'professional', 'enterprise') AS tier,
    {since: DateTime64(6, 'UTC')} + toIntervalSecond(3600) AS updated_at,
    {since: DateTime64(6, 'UTC')} + toIntervalSecond(3600) AS _version_at,
    bench_extracted({since: DateTime64(6, 'UTC')} + toIntervalSecond(3600)) AS _extracted_at,
    _row_hash + 1 AS _row_hash
  )
FROM (SELECT * FROM raw_entities ORDER BY id, _version_at DESC LIMIT 1 BY id)
ORDER BY bench_hash({seed: UInt64}, 'change', _row_hash)
LIMIT {rows: UInt64}
