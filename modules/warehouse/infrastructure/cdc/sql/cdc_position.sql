-- The newest complete hand-over of a slot and how far raw has followed it. Reads the newest records only (the table's order).
-- Grain: at most one row. Parameters: slot String
WITH (
  SELECT generation FROM raw_cdc WHERE slot = {slot: String} AND state = 'snapshot' ORDER BY recorded_at DESC LIMIT 1
) AS newest
SELECT generation, origin, sources, to_lsn AS lsn
FROM (
  SELECT * FROM raw_cdc WHERE state = 'snapshot' AND generation = newest
  UNION ALL
  SELECT * FROM (SELECT * FROM raw_cdc WHERE state = 'done' AND generation = newest ORDER BY to_lsn DESC LIMIT 1)
)
ORDER BY to_lsn DESC, recorded_at DESC
LIMIT 1
