-- Rows of a plan in the order they would be sent. Grain: row. Parameters: plan_id UUID, limit UInt32.
SELECT op, action, reason, record_key, before, after FROM sync_plan_rows WHERE plan_id = {plan_id: UUID} ORDER BY seq LIMIT {limit: UInt32}
