-- What did each industry win in each year? Grain: one row a year and industry.
SELECT intDiv(date_key, 10000) AS year, dimension_value AS industry, sum(deals_won) AS won, sum(value_won) AS value
FROM agg_platform_metrics
WHERE dimension = 'industry'
GROUP BY year, industry
HAVING won > 0
ORDER BY year, industry
