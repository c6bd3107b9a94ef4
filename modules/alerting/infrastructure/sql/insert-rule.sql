-- Remembers a rule's first run; touches one row the first time and none after.
-- $1 rule text, $2 instant timestamptz
INSERT INTO insights_ops.alert_rules (rule, first_run_at)
VALUES ($1, $2)
ON CONFLICT (rule) DO NOTHING;
