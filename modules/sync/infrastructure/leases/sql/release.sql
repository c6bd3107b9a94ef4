-- Gives the lease back; the token stays, so that the next holder has a larger one. Grain: none. Parameters: 1 sync, 2 token.
UPDATE insights_ops.sync_leases SET expires_at = NULL, run_id = NULL WHERE sync = $1 AND token = $2
