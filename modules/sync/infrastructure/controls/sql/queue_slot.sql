-- Takes a slot of a schedule and queues its run, in one statement: a slot is never taken without a run. No row touched
-- when another replica took it. Grain: run.
-- Parameters: $1 uuid run id, $2 text sync, $3 text target, $4 text trigger, $5 text requested by, $6 jsonb selection, $7 text slot
WITH taken AS (
  INSERT INTO insights_ops.sync_slots (sync, slot, run_id) VALUES ($2::text, $7::text, $1::uuid)
  ON CONFLICT (sync, slot) DO NOTHING
  RETURNING run_id
)
INSERT INTO insights_ops.sync_runs (run_id, name, target, status, trigger, requested_by, request)
SELECT run_id, $2::text, $3::text, 'queued', $4::text, $5::text, $6::jsonb FROM taken
