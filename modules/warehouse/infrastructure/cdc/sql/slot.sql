-- The state of a slot. Grain: at most one row. Parameters: $1 slot text
SELECT
  coalesce(confirmed_flush_lsn, '0/0')::text AS confirmed,
  coalesce(wal_status, 'lost') = 'lost' AS lost,
  coalesce(plugin, '') AS plugin,
  coalesce(database::text, '') AS database
FROM pg_replication_slots
WHERE slot_name = $1
