-- Rows that their target refuses now. Grain: sync. Parameters: none
SELECT sync, count() AS rejects FROM sync_rejects WHERE resolved_at IS NULL GROUP BY sync
