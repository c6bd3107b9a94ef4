-- Drops a slot, and first ends the connection that follows it. Grain: nothing to read. Parameters: $1 slot text
WITH ended AS (
  SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots WHERE slot_name = $1 AND active
)
SELECT pg_drop_replication_slot(slot_name)
FROM pg_replication_slots
WHERE slot_name = $1 AND (SELECT count(*) FROM ended) >= 0
