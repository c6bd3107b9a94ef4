-- Grain: one row per month and currency of the cost file. cost_per_won_deal = the row's acquisition cost / all deals won that
-- month (of any currency), rounded to cents (a Decimal divides by cutting, so the division has more digits); null without one.
WITH
  costs AS (
    SELECT
      month,
      currency,
      argMax(tuple(acquisition_cost, revenue, gross_margin), _extracted_at) AS newest
    FROM raw_unit_economics
    GROUP BY month, currency
  ),
  won AS (
    SELECT toDate32(toStartOfMonth(d.full_date)) AS month, toUInt32(sum(a.deals_won)) AS deals
    FROM agg_daily_partnership_metrics AS a
    INNER JOIN dim_date AS d ON d.date_key = a.date_key
    GROUP BY month
  )
SELECT
  c.month,
  c.currency,
  c.newest.1 AS acquisition_cost,
  c.newest.2 AS revenue,
  c.newest.3 AS gross_margin,
  ifNull(w.deals, 0) AS deals_won,
  if(ifNull(w.deals, 0) = 0, NULL, toDecimal64(round(toDecimal128(c.newest.1, 8) / w.deals, 2), 2)) AS cost_per_won_deal
FROM costs AS c
LEFT JOIN won AS w ON w.month = c.month
