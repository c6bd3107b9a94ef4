-- Cost and revenue by month. Grain: one row a month.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); start, end DateTime64(6) (the ten years)
INSERT INTO raw_unit_economics
SELECT
  toDate32(toStartOfMonth({start: DateTime64(6, 'UTC')})) + toIntervalMonth(number) AS month,
  toDecimal64(round(50000 + 100000 * bench_share({seed: UInt64}, 'cost', number), 2), 2) AS acquisition_cost,
  toDecimal64(round(100000 + 400000 * bench_share({seed: UInt64}, 'revenue', number), 2), 2) AS revenue,
  toDecimal64(round(0.5 + 0.3 * bench_share({seed: UInt64}, 'margin', number), 8), 8) AS gross_margin,
  'USD' AS currency,
  cityHash64(number) AS _row_hash,
  {start: DateTime64(6, 'UTC')} AS _version_at,
  false AS _deleted,
  {start: DateTime64(6, 'UTC')} AS _extracted_at,
  bench_uuid({seed: UInt64}, 'run', 0) AS _run_id
FROM numbers({first: UInt64}, {rows: UInt64})
