-- Up to when this schedule was looked at; one that is new, or another than before, begins now. Grain: sync.
-- Parameters: $1 text sync, $2 text schedule, $3 timestamptz now
INSERT INTO insights_ops.sync_controls AS control (sync, schedule, ticked_at)
VALUES ($1::text, $2::text, $3::timestamptz)
ON CONFLICT (sync) DO UPDATE SET
  schedule = excluded.schedule,
  ticked_at = CASE WHEN control.schedule = excluded.schedule THEN control.ticked_at ELSE excluded.ticked_at END
RETURNING ticked_at
