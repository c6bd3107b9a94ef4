-- Rows first + 1 to first + rows of the model, the same for the same seed. Grain: one row an id.
-- Parameters: table Identifier; first, rows, seed UInt64
INSERT INTO {table: Identifier}
SELECT
  {first: UInt64} + number + 1 AS id,
  'customer name ' || toString(id),
  lower(hex(MD5(toString({seed: UInt64}) || ' ' || toString(id)))),
  id * 0.1,
  sqrt(id),
  (id % 1000) / 7,
  toDecimal64(id * 37 % 10000000, 2) / 100,
  toDateTime64('2026-01-01 00:00:00.123456', 6, 'UTC') + toIntervalSecond(id),
  id % 3 = 0,
  id % 100000
FROM numbers({rows: UInt64})
