-- Pauses a sync; who paused it first stays. Grain: sync. Parameters: $1 text sync, $2 timestamptz now, $3 text by
INSERT INTO insights_ops.sync_controls AS control (sync, paused_at, paused_by)
VALUES ($1::text, $2::timestamptz, $3::text)
ON CONFLICT (sync) DO UPDATE SET paused_at = excluded.paused_at, paused_by = excluded.paused_by
WHERE control.paused_at IS NULL
