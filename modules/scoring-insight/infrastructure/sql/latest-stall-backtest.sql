-- The replay of history that was kept last. Grain: one row a rule, none before the first replay.
SELECT
  period_from, period_to, rule, days, method, code_version, visits, owners, alerts, `right`, wrong, undecided, `precision`,
  precision_low, precision_high, lead_days, alerts_per_owner_week, as_of
FROM insight_stall_backtests FINAL
WHERE (as_of, period_from, period_to) = (
  SELECT (as_of, period_from, period_to)
  FROM insight_stall_backtests
  ORDER BY as_of DESC, period_from DESC, period_to DESC
  LIMIT 1
)
ORDER BY indexOf(['statistical', 'fixed_matched', 'fixed'], rule)
