-- What did a won deal cost, month by month? Grain: one row a month with costs.
SELECT toString(month) AS month, deals_won, cost_per_won_deal
FROM agg_monthly_economics
WHERE basis = 'reporting' AND acquisition_cost IS NOT NULL
ORDER BY month
