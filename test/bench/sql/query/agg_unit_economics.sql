-- What did a won deal cost, month by month, in the currency of the costs? Grain: one row a month and currency.
SELECT toString(month) AS month, deals_won, cost_per_won_deal
FROM agg_unit_economics
ORDER BY month
