-- The lease of a sync, held until the end of the transaction: who takes it over waits for what is being written.
-- Grain: at most one row, none when somebody else has the lease by now. Parameters: sync text, token bigint.
SELECT sync FROM insights_ops.sync_leases WHERE sync = $1 AND token = $2 FOR SHARE
