-- Gives the streaming lock of this session back. Grain: one row. Parameters: $1 slot text
SELECT pg_advisory_unlock(hashtextextended('teraffi-insights cdc ' || $1, 0))
