-- Milestones, none to five a deal, those due so far mostly done. Grain: one row a milestone.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); since DateTime64(6): what happened until then was written before
INSERT INTO raw_milestones
WITH
  created_at + toIntervalDay(30 * (milestone + 1)) AS due,
  due < times[-1] AND bench_share({seed: UInt64}, 'completed', n * 8 + milestone) < 0.85 AS done
SELECT
  bench_uuid({seed: UInt64}, 'milestone', n * 8 + milestone) AS id,
  deal AS partnership_id,
  done AS completed,
  if(done, due, NULL) AS completed_at,
  toDate32(due) AS due_date,
  if(done, due, created_at) AS updated_at,
  cityHash64(n, milestone) AS _row_hash,
  updated_at AS _version_at,
  false AS _deleted,
  bench_extracted(updated_at) AS _extracted_at,
  bench_uuid({seed: UInt64}, 'run', toUnixTimestamp(_extracted_at)) AS _run_id
FROM (
  SELECT n, id AS deal, created_at, times, milestone
  FROM bench_deals
  ARRAY JOIN range(bench_hash({seed: UInt64}, 'milestones', n) % 6) AS milestone
  WHERE n >= {first: UInt64} AND n < {first: UInt64} + {rows: UInt64}
)
WHERE updated_at > {since: DateTime64(6, 'UTC')}
