-- Queued runs that no worker has begun for half a minute, the oldest first. Grain: run and sync. Parameters: none
SELECT run_id, name
FROM insights_ops.sync_runs
WHERE status = 'queued' AND trigger IN ('api', 'schedule', 'replay') AND created_at < now() - interval '30 seconds'
ORDER BY created_at
LIMIT 100
