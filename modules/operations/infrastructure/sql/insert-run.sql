-- Inserts a queued run with its queued steps; no row when another replica took the schedule slot.
-- Grain of the result: the run. One statement, so that a run never exists without its steps.
-- $1 uuid id, $2 text trigger, $3 timestamptz as_of (null: now), $4 text requested_by (null),
-- $5 timestamptz schedule_slot (null), $6 text[] step names in order
WITH run AS (
  INSERT INTO insights_ops.pipeline_runs (id, trigger, status, as_of, requested_by, schedule_slot)
  VALUES ($1::uuid, $2::text, 'queued', coalesce($3::timestamptz, clock_timestamp()), $4::text, $5::timestamptz)
  ON CONFLICT (schedule_slot) DO NOTHING
  RETURNING id
), steps AS (
  INSERT INTO insights_ops.pipeline_steps (run_id, name, position, status)
  SELECT run.id, step.name, step.position, 'queued'
  FROM run, unnest($6::text[]) WITH ORDINALITY AS step (name, position)
)
SELECT id FROM run
