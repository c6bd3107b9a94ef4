-- Keeps a preview to be read. Grain: staged row. Filled: stage, preview, fields. Parameters: plan_id UUID, sync String.
INSERT INTO sync_plan_rows (plan_id, sync, seq, op, action, reason, record_key, before, after, planned_at)
SELECT {plan_id: UUID}, {sync: String}, s.seq, s.op, if(p.seq = 0, s.op, p.action), s.reason, s.record_key, p.before, {{fields}}, now64(6)
FROM {{stage}} AS s LEFT ANY JOIN {{preview}} AS p ON s.seq = p.seq
