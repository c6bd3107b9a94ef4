-- The newest complete hand-over of a slot and how far raw has followed it. Grain: at most one row. Parameters: slot String
SELECT
  generation,
  argMax(origin, (to_lsn, recorded_at)) AS origin,
  argMax(sources, (to_lsn, recorded_at)) AS sources,
  max(to_lsn) AS lsn
FROM raw_cdc
WHERE slot = {slot: String} AND state IN ('snapshot', 'done')
  AND generation IN (SELECT argMax(generation, recorded_at) FROM raw_cdc WHERE slot = {slot: String} AND state = 'snapshot' HAVING count() > 0)
GROUP BY generation
