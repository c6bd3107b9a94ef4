-- How long do deals of each type stay in each stage? Grain: one row a stage and type.
SELECT toString(stage_key) AS stage, partnership_type, visits, round(median_days, 6) AS days
FROM agg_stage_time
ORDER BY stage, partnership_type
