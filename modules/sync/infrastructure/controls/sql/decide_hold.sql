-- Releases or rejects what is held. No row when nothing is held, or another run's rows than those a person saw.
-- Deciding the same again changes nothing: the first name stays. Grain of the result: sync.
-- Parameters: $1 text sync, $2 text state (released, rejected), $3 text by, $4 timestamptz now, $5 uuid run id (null: any)
UPDATE insights_ops.sync_holds AS hold
SET state = $2::text,
    decided_by = CASE hold.state WHEN $2::text THEN hold.decided_by ELSE $3::text END,
    decided_at = CASE hold.state WHEN $2::text THEN hold.decided_at ELSE $4::timestamptz END
WHERE sync = $1::text AND ($5::uuid IS NULL OR run_id = $5::uuid)
RETURNING sync, run_id, mapping_hash, creates, updates, deletes, reason, held_at, state, decided_by, decided_at
