-- Trend measurements, every trend in turn. Grain: one row a measurement.
-- Parameters: seed UInt64; first, rows UInt64 (which numbers); start, end DateTime64(6) (the ten years); trendMetrics, trends UInt64
INSERT INTO raw_trend_metrics
WITH
  bench_moment({start: DateTime64(6, 'UTC')}, {end: DateTime64(6, 'UTC')}, number, {trendMetrics: UInt64}) AS moment,
  bench_share({seed: UInt64}, 'momentum', number) AS momentum
SELECT
  toInt64(number + 1) AS id,
  bench_uuid({seed: UInt64}, 'trend', number % {trends: UInt64}) AS trend_id,
  toDecimal32(round(momentum, 4), 4) AS momentum_score,
  toDecimal32(round(momentum - bench_share({seed: UInt64}, 'momentum', number - {trends: UInt64}), 4), 4) AS velocity,
  toInt32(1000 * momentum) AS signal_count,
  toInt64(1000000 * momentum + number) AS engagement_total,
  toDecimal32(round(2 * bench_share({seed: UInt64}, 'sentiment', number) - 1, 2), 2) AS sentiment_avg,
  moment AS measured_at,
  cityHash64(number) AS _row_hash,
  bench_extracted(moment) AS _version_at,
  false AS _deleted,
  _version_at AS _extracted_at,
  bench_uuid({seed: UInt64}, 'run', toUnixTimestamp(_extracted_at)) AS _run_id
FROM numbers_mt({first: UInt64}, {rows: UInt64})
