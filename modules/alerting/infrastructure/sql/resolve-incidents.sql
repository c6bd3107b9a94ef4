-- Ends open incidents. Grain: incident.
-- $1 jsonb array of {id, resolution}, $2 now timestamptz
UPDATE insights_ops.alert_incidents AS t
SET state = 'resolved', resolution = i.resolution, resolved_at = $2::timestamptz, changed_at = $2::timestamptz
FROM jsonb_to_recordset($1::jsonb) AS i(id uuid, resolution text)
WHERE t.id = i.id AND t.state <> 'resolved';
