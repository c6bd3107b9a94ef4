-- The plan for whoever asks first. Grain: plan. Parameters: 1 id, 2 by, 3 at.
UPDATE insights_ops.sync_plans SET status = 'applying', decided_by = $2, decided_at = $3 WHERE id = $1 AND status = 'ready' RETURNING *
