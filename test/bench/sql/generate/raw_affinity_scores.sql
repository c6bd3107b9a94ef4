-- Affinity snapshots, of pairs that have or will have a deal. Grain: one row a snapshot.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); start, end DateTime64(6) (the ten years); affinities, deals, entities UInt64
INSERT INTO raw_affinity_scores
WITH
  bench_hash({seed: UInt64}, 'pair', number) % {deals: UInt64} AS deal,
  bench_skewed({seed: UInt64}, 'brand', deal, {entities: UInt64}) AS brand,
  bench_skewed({seed: UInt64}, 'partner', deal, {entities: UInt64}) AS partner,
  bench_moment({start: DateTime64(6, 'UTC')}, {end: DateTime64(6, 'UTC')}, number, {affinities: UInt64}) AS moment,
  arrayMap(component -> toDecimal32(round(bench_share({seed: UInt64}, 'score', number * 8 + component), 4), 4), range(6)) AS scores
SELECT
  toInt64(number + 1) AS id,
  bench_uuid({seed: UInt64}, 'entity', brand) AS entity1_id,
  bench_uuid({seed: UInt64}, 'entity', if(partner = brand, (partner + 1) % {entities: UInt64}, partner)) AS entity2_id,
  toDecimal32(round(100 * bench_share({seed: UInt64}, 'affinity', number), 2), 2) AS affinity_score,
  scores[1] AS semantic,
  scores[2] AS goal_alignment,
  scores[3] AS cultural_momentum,
  scores[4] AS historical,
  scores[5] AS authenticity,
  scores[6] AS confidence,
  multiIf(affinity_score >= 80, 'strong', affinity_score >= 60, 'good', affinity_score >= 40, 'possible', 'weak') AS recommendation_tier,
  moment - toIntervalSecond(20) AS computed_at,
  moment AS ingested_at,
  cityHash64(number) AS _row_hash,
  ingested_at AS _version_at,
  false AS _deleted,
  bench_extracted(moment) AS _extracted_at,
  bench_uuid({seed: UInt64}, 'run', toUnixTimestamp(_extracted_at)) AS _run_id
FROM numbers_mt({first: UInt64}, {rows: UInt64})
