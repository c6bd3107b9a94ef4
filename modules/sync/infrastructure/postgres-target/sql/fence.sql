-- The lease of a sync, locked until the end of the transaction: nobody takes it over while this is being written.
-- Grain: at most one row, none when somebody else has the lease by now. Parameters: sync text, token bigint.
SELECT sync FROM insights_ops.sync_leases WHERE sync = $1 AND token = $2 FOR NO KEY UPDATE
