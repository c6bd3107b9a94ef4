-- Outcome of one sync in one run. Grain: run and sync.
-- Parameters: 1 run id uuid, 2 name, 3 target, 4 status, 5 inserted, 6 updated, 7 deleted, 8 unchanged, 9 failed, 10 held, 11 reason.
-- A sync that the same run repeats overwrites its outcome: the last one counts. Every attempt stays in the warehouse's history.
INSERT INTO insights_ops.sync_runs (run_id, name, target, status, inserted, updated, deleted, unchanged, failed, held, reason)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, nullif($11, ''))
ON CONFLICT (run_id, name) DO UPDATE SET
  target = excluded.target, status = excluded.status,
  inserted = excluded.inserted, updated = excluded.updated, deleted = excluded.deleted,
  unchanged = excluded.unchanged, failed = excluded.failed, held = excluded.held, reason = excluded.reason
