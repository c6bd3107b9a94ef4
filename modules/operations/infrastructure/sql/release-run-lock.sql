-- Gives the run lock of this session back. Grain: one row.
SELECT pg_advisory_unlock(hashtextextended('teraffi-insights pipeline run', 0))
