-- Grain: one row per stage and partnership type with a visit, over all tenants: the days of agg_funnel (formulas there) alone.
-- Quantiles over complete visits only (open visits are censored: read these as what finished visits took, not as what a running one
-- will take). Expected rows: stages * types, below 1,000.
SELECT stage_key, dimension_value AS partnership_type, visits, completed_visits, median_days, p90_days
FROM agg_funnel
WHERE scope = 'platform' AND dimension = 'partnership_type' AND visits > 0
