-- The instant before which no transaction began that is still open in this database: a row stamped with its transaction's
-- start may come no earlier. Prepared transactions count from their preparation. Other users' transactions show only to
-- members of pg_read_all_stats; without that the lag alone stands for them. Grain: one row. No parameters.
SELECT least(
  clock_timestamp(),
  (SELECT min(xact_start) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()),
  (SELECT min(prepared) FROM pg_prepared_xacts WHERE database = current_database())
) AS settled
