-- Alignments of entities with trends, from the graph. Grain: one row an alignment.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); start, end DateTime64(6) (the ten years); entities, trends UInt64
INSERT INTO raw_graph_alignments
SELECT
  bench_uuid({seed: UInt64}, 'entity', number % {entities: UInt64}) AS entity_id,
  bench_uuid({seed: UInt64}, 'trend', (number + intDiv(number, {entities: UInt64})) % {trends: UInt64}) AS trend_id,
  bench_share({seed: UInt64}, 'strength', number) AS strength,
  {start: DateTime64(6, 'UTC')} + toIntervalSecond(toUInt32(bench_share({seed: UInt64}, 'since', number) * 300000000)) AS since,
  cityHash64(number) AS _row_hash,
  {start: DateTime64(6, 'UTC')} AS _version_at,
  false AS _deleted,
  {start: DateTime64(6, 'UTC')} AS _extracted_at,
  bench_uuid({seed: UInt64}, 'run', 0) AS _run_id
FROM numbers({first: UInt64}, {rows: UInt64})
