-- How many signals came from trends of each stage, month by month? Grain: one row a stage and month.
SELECT lifecycle_stage, intDiv(date_key, 100) AS month_key, sum(measurements) AS measured, sum(signal_count) AS signals
FROM agg_lifecycle_momentum
GROUP BY lifecycle_stage, month_key
ORDER BY lifecycle_stage, month_key
