-- Daily exchange rates. Grain: one row a day and currency.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); start, end DateTime64(6) (the ten years)
INSERT INTO raw_fx_rates
SELECT
  toDate32({start: DateTime64(6, 'UTC')}) + toIntervalDay(intDiv(number, 3)) AS date,
  ['EUR', 'GBP', 'JPY'][number % 3 + 1] AS currency,
  toDecimal64(round([1.1, 1.25, 0.0075][number % 3 + 1] * (0.9 + 0.2 * bench_share({seed: UInt64}, 'rate', number)), 8), 8) AS rate,
  cityHash64(number) AS _row_hash,
  {start: DateTime64(6, 'UTC')} AS _version_at,
  false AS _deleted,
  {start: DateTime64(6, 'UTC')} AS _extracted_at,
  bench_uuid({seed: UInt64}, 'run', 0) AS _run_id
FROM numbers({first: UInt64}, {rows: UInt64})
