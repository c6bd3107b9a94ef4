-- What there is to tell about a slot: its last record, its last batch with rows, and its hand-overs. Grain: one row. Parameters: slot String
SELECT
  maxIf(recorded_at, state IN ('snapshot', 'done')) AS confirmed_at,
  countIf(state IN ('snapshot', 'done')) > 0 AS known,
  argMaxIf(tuple(recorded_at, rows, committed_at), recorded_at, state = 'done' AND rows > 0) AS last_batch,
  countIf(state = 'done' AND rows > 0) > 0 AS has_batch,
  arrayReverseSort(x -> x.1, groupArrayIf(tuple(recorded_at, reason, length(sources)), state = 'snapshot')) AS hand_overs
FROM raw_cdc
WHERE slot = {slot: String}
