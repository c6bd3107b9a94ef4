-- The paused syncs. Grain: sync. Parameters: none
SELECT sync, paused_at, paused_by FROM insights_ops.sync_controls WHERE paused_at IS NOT NULL
