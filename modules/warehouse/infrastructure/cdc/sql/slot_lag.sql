-- How far a slot is behind. Grain: at most one row. Parameters: $1 slot text, $2 confirmed_at timestamptz (null: never)
SELECT
  greatest(pg_wal_lsn_diff(pg_current_wal_lsn(), confirmed_flush_lsn), 0)::float8 AS bytes,
  CASE WHEN pg_current_wal_lsn() > confirmed_flush_lsn
    THEN greatest(extract(epoch FROM clock_timestamp() - $2::timestamptz), 0)::float8 ELSE 0 END AS seconds,
  coalesce(wal_status, 'lost') IN ('unreserved', 'lost') AS endangered
FROM pg_replication_slots
WHERE slot_name = $1
