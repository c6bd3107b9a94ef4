-- Deals whose stall signal is active (Postgres). Grain: one row a partnership.
SELECT subject FROM insights_ops.signals WHERE kind = 'deal_stalled' AND state = 'active' ORDER BY subject
