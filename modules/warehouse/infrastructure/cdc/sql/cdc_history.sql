-- What there is to tell about a slot: its last record, its last batch with rows since the last hand-over, and its hand-overs. Reads
-- the newest records only (the table's order). Grain: one row. Parameters: slot String
WITH (
  SELECT generation FROM raw_cdc WHERE slot = {slot: String} AND state = 'snapshot' ORDER BY recorded_at DESC LIMIT 1
) AS newest
SELECT
  maxIf(recorded_at, state IN ('snapshot', 'done')) AS confirmed_at,
  countIf(state IN ('snapshot', 'done')) > 0 AS known,
  argMaxIf(tuple(recorded_at, rows, committed_at), recorded_at, state = 'done' AND rows > 0) AS last_batch,
  countIf(state = 'done' AND rows > 0) > 0 AS has_batch,
  arrayReverseSort(x -> x.1, groupArrayIf(tuple(recorded_at, reason, length(sources)), state = 'snapshot')) AS hand_overs
FROM (
  SELECT * FROM raw_cdc WHERE state = 'snapshot' AND slot = {slot: String}
  UNION ALL
  SELECT * FROM (SELECT * FROM raw_cdc WHERE state = 'done' AND generation = newest ORDER BY to_lsn DESC LIMIT 1)
  UNION ALL
  SELECT * FROM (SELECT * FROM raw_cdc WHERE state = 'done' AND generation = newest AND rows > 0 ORDER BY to_lsn DESC LIMIT 1)
)
