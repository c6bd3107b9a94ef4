-- After a long write the lease would have run out, and whoever waits for it would be faster than its holder. Grain: none. Parameters: sync text, token bigint.
UPDATE insights_ops.sync_leases SET expires_at = greatest(expires_at, clock_timestamp() + interval '30 seconds') WHERE sync = $1 AND token = $2
