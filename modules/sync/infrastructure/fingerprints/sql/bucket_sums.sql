-- Rows and sums of fingerprints of the model. Grain: bucket. Filled: rows (model_rows.sql). Parameters: buckets UInt32.
SELECT reinterpretAsUInt32(reverse(substring(key_print, 1, 4))) % {buckets: UInt32} AS bucket, count() AS rows,
  toString(sum(toUInt128(bitShiftRight(reinterpretAsUInt64(reverse(substring(row_print, 1, 8))), 4)))) AS sum
FROM (
{{rows}}
)
GROUP BY bucket
