-- How many members of the cohorts of 2023 and 2024 were active in their first year? Grain: one row a cohort and month since joining.
SELECT toString(cohort) AS cohort, months_since_joining AS months, active_members
FROM agg_member_cohort
WHERE cohort BETWEEN '2023-01-01' AND '2024-12-01' AND months_since_joining <= 12 AND active_members > 0
ORDER BY cohort, months
