-- Tries to take the lock that at most one run of this database holds; the session keeps it until it ends.
-- Grain: one row, whether it was taken.
SELECT pg_try_advisory_lock(hashtextextended('teraffi-insights pipeline run', 0)) AS taken
