-- Stores how a step ended. Touches no row when the run is no longer ours.
-- $1 uuid run id, $2 text step name, $3 text status, $4 bigint rows in, $5 bigint rows out, $6 bigint rejected,
-- $7 text error class (null), $8 text error code (null), $9 text error message (null), $10 jsonb detail
UPDATE insights_ops.pipeline_steps AS step
SET status = $3::text, finished_at = CASE WHEN step.started_at IS NOT NULL THEN clock_timestamp() END,
    rows_in = $4::bigint, rows_out = $5::bigint, rejected = $6::bigint,
    error_class = $7::text, error_code = $8::text, error_message = $9::text, detail = $10::jsonb
FROM insights_ops.pipeline_runs AS run
WHERE run.id = step.run_id AND run.status = 'running' AND step.run_id = $1::uuid AND step.name = $2::text
