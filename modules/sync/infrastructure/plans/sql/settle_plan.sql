-- How the application of a plan ended. Grain: plan. Parameters: 1 id, 2 status.
UPDATE insights_ops.sync_plans SET status = $2 WHERE id = $1 AND status = 'applying'
