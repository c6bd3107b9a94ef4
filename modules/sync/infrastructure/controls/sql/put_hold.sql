-- Keeps what a run would have done as held. Grain: sync. A decision that covers these very rows, taken while the run
-- looked at them, stays: else a release would be lost to the run that it was about.
-- Parameters: $1 text sync, $2 uuid run id, $3 text mapping hash, $4 bigint creates, $5 bigint updates, $6 bigint deletes,
-- $7 text reason, $8 timestamptz held at
INSERT INTO insights_ops.sync_holds AS hold (sync, run_id, mapping_hash, creates, updates, deletes, reason, held_at, state)
VALUES ($1::text, $2::uuid, $3::text, $4::bigint, $5::bigint, $6::bigint, $7::text, $8::timestamptz, 'held')
ON CONFLICT (sync) DO UPDATE SET
  run_id = excluded.run_id, mapping_hash = excluded.mapping_hash,
  creates = excluded.creates, updates = excluded.updates, deletes = excluded.deletes, reason = excluded.reason,
  held_at = CASE hold.state WHEN 'held' THEN hold.held_at ELSE excluded.held_at END,
  state = 'held', decided_by = NULL, decided_at = NULL
WHERE hold.state = 'held' OR hold.mapping_hash <> excluded.mapping_hash
  OR hold.creates < excluded.creates OR hold.updates < excluded.updates OR hold.deletes < excluded.deletes
