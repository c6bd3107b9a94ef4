-- Deals of the row set, straight into the table that the report reads: a value is a hash of the seed, its kind and the row's
-- number. One entity for 20 deals, a few of them in very many; success leans on the first score and on the partners.
-- Parameters: rows UInt64, seed UInt64.
INSERT INTO insight_predictiveness_deals
  (partnership_id, entity1_id, entity2_id, started_at, excluded, is_successful, success_score, affinity_id, computed_at,
   semantic, goal_alignment, cultural_momentum, historical, authenticity, confidence, as_of)
WITH
  (kind, row) -> sipHash64({seed: UInt64}, kind, row) / 18446744073709551616. AS random,
  (kind, row) -> toUInt64(pow(random(kind, row), 2) * greatest({rows: UInt64} / 20, 2)) AS entity,
  (kind, row) -> toDecimal32(round(random(kind, row), 4), 4) AS score
SELECT
  toUUID(concat('00000000-0000-4000-8000-', leftPad(lower(hex(number)), 12, '0'))),
  toUUID(concat('00000000-0000-4000-9000-', leftPad(lower(hex(entity(1, number))), 12, '0'))),
  toUUID(concat('00000000-0000-4000-9000-', leftPad(lower(hex(entity(2, number))), 12, '0'))),
  toDateTime64('2016-01-01 00:00:00', 6, 'UTC') + toIntervalSecond(number * 300000000 / {rows: UInt64}),
  '',
  random(3, number) < 0.2 + 0.2 * random(11, number) + 0.1 * random(4, entity(1, number)) + 0.1 * random(4, entity(2, number)) AS success,
  if(NOT success AND random(5, number) < 0.3, NULL, toDecimal32(round(if(success, 3.5 + 1.5 * random(6, number), 3.49 * random(6, number)), 2), 2)),
  number,
  toDateTime64('2015-12-31 00:00:00', 6, 'UTC'),
  score(11, number), score(12, number), score(13, number), score(14, number), score(15, number), score(16, number),
  toDateTime64('2026-01-01 00:00:00', 6, 'UTC')
FROM numbers({rows: UInt64})
