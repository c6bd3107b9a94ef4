-- Runs, the newest request first. Grain: run.
-- $1 uuid run id (null: any), $2 text status (null: any), $3 integer limit
SELECT id, status, trigger, as_of, started_at, finished_at, alerts
FROM insights_ops.pipeline_runs
WHERE ($1::uuid IS NULL OR id = $1::uuid) AND ($2::text IS NULL OR status = $2::text)
ORDER BY created_at DESC, id
LIMIT $3::integer
