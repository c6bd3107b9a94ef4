-- The times of a schedule were looked at up to now; never back. Grain: sync.
-- Parameters: $1 text sync, $2 text schedule, $3 timestamptz now
UPDATE insights_ops.sync_controls SET ticked_at = greatest(ticked_at, $3::timestamptz)
WHERE sync = $1::text AND schedule = $2::text
