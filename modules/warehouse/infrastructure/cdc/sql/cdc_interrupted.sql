-- A batch that was begun after a position and not confirmed. Grain: at most one row. Parameters: slot String, generation UUID, lsn UInt64
SELECT generation, from_lsn, to_lsn, base, rows, truncated, committed_at
FROM raw_cdc
WHERE slot = {slot: String} AND generation = {generation: UUID} AND state = 'begun' AND to_lsn > {lsn: UInt64}
ORDER BY recorded_at DESC
LIMIT 1
