-- The hold of a sync. Grain: sync. Parameters: $1 text sync (null: all)
SELECT sync, run_id, mapping_hash, creates, updates, deletes, reason, held_at, state, decided_by, decided_at
FROM insights_ops.sync_holds
WHERE $1::text IS NULL OR sync = $1::text
ORDER BY sync
