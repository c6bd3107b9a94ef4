-- Forgets a hold and its decision. Grain: sync. Parameters: $1 text sync
DELETE FROM insights_ops.sync_holds WHERE sync = $1::text
