-- What the target is about to be asked, kept before it is asked. Grain: key. Parameters: sync String, mapping_hash String, run_id UUID. Filled: changes.
-- A run that is killed between the target's commit and the confirmation leaves rows behind: without this a key that leaves the model before the next
-- run would stay in the target for ever. No real row has these hashes, so the next difference settles each key, whatever the model says by then:
-- 0 stands for a row that the target may lack, 1 for a row that it held and may still hold.
INSERT INTO sync_state (sync, key_hash, record_key, row_hash, mapping_hash, deleted, version, confirmed_run, confirmed_at)
SELECT {sync: String}, key_hash, record_key, op != 'insert', {mapping_hash: String}, 0, version + 1, {run_id: UUID}, now64(6)
FROM {{changes}}
WHERE op IN ('insert', 'update', 'delete')
