-- Who writes which sync now. Grain: sync. Parameters: none
SELECT sync, run_id, expires_at FROM insights_ops.sync_leases WHERE expires_at > clock_timestamp() AND run_id IS NOT NULL
