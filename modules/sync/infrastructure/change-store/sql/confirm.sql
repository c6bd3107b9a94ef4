-- What the target confirmed becomes the state that the next difference starts from. Grain: key. Runs after the target committed.
-- A row on hold has nowhere to be, so the target holds nothing of it: the next run finds it again as an insert.
-- Parameters: sync String, mapping_hash String, run_id UUID. Filled: changes.
-- The version is the one seen plus two (intend.sql took plus one), not a clock: a clock that steps back would make an old row win.
INSERT INTO sync_state (sync, key_hash, record_key, row_hash, mapping_hash, deleted, version, confirmed_run, confirmed_at)
SELECT {sync: String}, key_hash, record_key, row_hash, {mapping_hash: String},
  op = 'delete' OR key_hash IN (SELECT key_hash FROM {{changes}} WHERE op = 'held'), version + 2, {run_id: UUID}, now64(6)
FROM {{changes}}
WHERE op IN ('insert', 'update', 'delete')
