-- Where the server's log ends now. Grain: one row. Parameters: none
SELECT pg_current_wal_lsn()::text AS lsn
