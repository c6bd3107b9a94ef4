-- The limit of the bulk load: the engine's own numbers(), one cheap expression a column, into a table of the same columns, order and
-- partitions, with ids that compress as badly as real ones. Parameters: rows UInt64; start DateTime64(6), seconds UInt64 (their span)
INSERT INTO limit_user_activity
SELECT
  toInt64(number) AS id,
  reinterpret(toUInt128(intHash64(number)) * toUInt128('210306068529402873165736369884012333109'), 'UUID') AS user_id,
  'search' AS activity_type,
  if(number % 10 < 6, toNullable(reinterpret(toUInt128(intHash64(number + 1)) * toUInt128('210306068529402873165736369884012333109'), 'UUID')), NULL) AS target_entity_id,
  if(number % 10 < 3, toNullable(reinterpret(toUInt128(intHash64(number + 2)) * toUInt128('210306068529402873165736369884012333109'), 'UUID')), NULL) AS partnership_id,
  {start: DateTime64(6, 'UTC')} + toIntervalSecond(intDiv(number * {seconds: UInt64}, {rows: UInt64})) AS occurred_at,
  intHash64(number) AS _row_hash,
  occurred_at AS _version_at,
  false AS _deleted,
  occurred_at AS _extracted_at,
  reinterpret(toUInt128(intDiv(number, 1000)), 'UUID') AS _run_id
FROM numbers_mt({rows: UInt64})
