-- What streaming needs to know of the server. Grain: one row. Parameters: none
SELECT
  current_setting('wal_level') AS wal_level,
  (SELECT rolreplication OR rolsuper FROM pg_roles WHERE rolname = current_user) AS may_replicate,
  current_user AS "user",
  current_database() AS database,
  (SELECT system_identifier::text FROM pg_control_system()) || '/' || (SELECT oid::text FROM pg_database WHERE datname = current_database()) AS origin
