-- A new plan. Grain: plan. Parameters: 1 id, 2 sync, 3 mapping hash, 4 changes hash, 5 target hash, 6 selection json, 7 counts json, 8 by, 9 at.
INSERT INTO insights_ops.sync_plans (id, sync, status, mapping_hash, changes_hash, target_hash, selection, counts, created_by, created_at)
VALUES ($1, $2, 'ready', $3, $4, $5, $6, $7, $8, $9)
