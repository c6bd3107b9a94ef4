-- Lets a paused sync run again. Grain: sync. Parameters: $1 text sync
UPDATE insights_ops.sync_controls SET paused_at = NULL, paused_by = NULL
WHERE sync = $1::text AND paused_at IS NOT NULL
