-- Clears a signal. Grain: kind and subject. Parameters: $1 text kind, $2 text subject, $3 timestamptz now
UPDATE insights_ops.signals SET state = 'cleared', since = $3::timestamptz, updated_at = $3::timestamptz
WHERE kind = $1::text AND subject = $2::text AND state = 'active'
