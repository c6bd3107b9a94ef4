-- Open deals as the latest run saw them, counted. Grain: one row a severity and currency.
SELECT
  severity,
  currency,
  count() AS deals,
  countIf(stage_percentile IS NULL) AS without_percentile,
  countIf(chance_30d IS NULL) AS without_chance,
  sum(expected_loss) AS expected_loss,
  max(as_of) AS latest
FROM insight_deal_health
GROUP BY severity, currency
ORDER BY indexOf(['critical', 'warn', 'ok'], severity), currency
