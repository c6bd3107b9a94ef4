-- Trends, one to four versions each (the stages of their life). Grain: one row a version.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); start, end DateTime64(6) (the ten years)
INSERT INTO raw_trends
WITH {start: DateTime64(6, 'UTC')} + toIntervalDay(version * (200 + bench_hash({seed: UInt64}, 'trend_pace', number) % 600)) AS moment
SELECT
  bench_uuid({seed: UInt64}, 'trend', number) AS id,
  concat('Trend ', toString(number)) AS name,
  bench_pick({seed: UInt64}, 'category', number, ['culture', 'technology', 'fashion', 'food', 'sports']) AS category,
  ['emerging', 'growing', 'peak', 'declining'][version + 1] AS lifecycle_stage,
  moment AS updated_at,
  cityHash64(number, version) AS _row_hash,
  moment AS _version_at,
  false AS _deleted,
  bench_extracted(moment) AS _extracted_at,
  bench_uuid({seed: UInt64}, 'run', toUnixTimestamp(_extracted_at)) AS _run_id
FROM numbers({first: UInt64}, {rows: UInt64})
ARRAY JOIN range(1 + bench_hash({seed: UInt64}, 'trend_versions', number) % 4) AS version
