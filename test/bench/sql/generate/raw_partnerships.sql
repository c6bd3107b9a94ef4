-- Partnerships: of each deal the versions that extractions saw, at its first stage, half way and at its last. Grain: one row a version.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); since DateTime64(6): what happened until then was written before
INSERT INTO raw_partnerships
WITH
  stages[at] AS stage_now,
  stage_now IN ('completed', 'declined', 'expired') AS over,
  indexOf(stages, 'signed') AS signed,
  indexOf(stages, 'active') AS activated
SELECT
  id,
  tenant_id,
  entity1_id,
  entity2_id,
  owner_user_id,
  bench_pick({seed: UInt64}, 'partnership_type', n, ['sponsorship', 'licensing', 'co_marketing', 'content', 'equity']) AS partnership_type,
  stage_now AS stage,
  toDecimal64(round(exp(7 + 6 * bench_share({seed: UInt64}, 'deal_value', n)), 2), 2) AS deal_value,
  bench_pick({seed: UInt64}, 'currency', n, ['USD', 'EUR', 'GBP', 'JPY']) AS currency,
  if(stage_now = 'completed', toDecimal32(round(2.5 + 2.5 * bench_share({seed: UInt64}, 'success', n), 2), 2), NULL) AS success_score,
  if(at >= activated AND activated > 0, toDate32(times[activated]), NULL) AS start_date,
  if(over, toDate32(times[at]), NULL) AS end_date,
  if(at >= signed AND signed > 0, times[signed], NULL) AS signed_at,
  if(at >= activated AND activated > 0, times[activated], NULL) AS activated_at,
  created_at,
  times[at] AS updated_at,
  NULL AS deleted_at,
  cityHash64(id, at) AS _row_hash,
  times[at] AS _version_at,
  false AS _deleted,
  bench_extracted(times[at]) AS _extracted_at,
  bench_uuid({seed: UInt64}, 'run', toUnixTimestamp(_extracted_at)) AS _run_id
FROM bench_deals
ARRAY JOIN arrayDistinct([1, intDiv(length(stages) + 1, 2), length(stages)]) AS at
WHERE n >= {first: UInt64} AND n < {first: UInt64} + {rows: UInt64} AND times[at] > {since: DateTime64(6, 'UTC')}
