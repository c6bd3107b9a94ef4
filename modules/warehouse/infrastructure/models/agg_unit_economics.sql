-- Grain: one row per month and currency of the cost file: the rows of agg_monthly_economics (formulas there) in the row's currency, and
-- beside them, ending in _reporting, the whole month's in the reporting currency. Expected rows: 120 months * currencies, some 1,000.
SELECT
  c.month,
  c.currency,
  toDecimal64(assumeNotNull(c.acquisition_cost), 2) AS acquisition_cost,
  toDecimal64(assumeNotNull(c.revenue), 2) AS revenue,
  toDecimal64(assumeNotNull(c.gross_margin), 8) AS gross_margin,
  c.deals_won,
  c.cost_per_won_deal,
  assumeNotNull(c.gross_profit) AS gross_profit,
  c.new_members,
  c.active_members,
  c.churn_rate,
  c.cac,
  c.arpa,
  c.ltv,
  c.ltv_to_cac,
  c.payback_months,
  r.acquisition_cost AS acquisition_cost_reporting,
  r.revenue AS revenue_reporting,
  r.gross_profit AS gross_profit_reporting,
  r.cost_per_won_deal AS cost_per_won_deal_reporting,
  r.cac AS cac_reporting,
  r.arpa AS arpa_reporting,
  r.ltv AS ltv_reporting,
  r.ltv_to_cac AS ltv_to_cac_reporting,
  r.payback_months AS payback_months_reporting
FROM agg_monthly_economics AS c
INNER JOIN agg_monthly_economics AS r ON r.month = c.month AND r.basis = 'reporting'
WHERE c.basis = 'currency'
