-- Tries to become the only process that follows a slot; the session keeps the lock until it ends. Grain: one row.
-- Parameters: $1 slot text
SELECT pg_try_advisory_lock(hashtextextended('teraffi-insights cdc ' || $1, 0)) AS taken
