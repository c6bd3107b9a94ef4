-- A plan. Grain: plan. Parameters: 1 id.
SELECT * FROM insights_ops.sync_plans WHERE id = $1
