-- Whether a rule has had its first run. Grain: zero or one row.
-- $1 rule text
SELECT rule FROM insights_ops.alert_rules WHERE rule = $1;
