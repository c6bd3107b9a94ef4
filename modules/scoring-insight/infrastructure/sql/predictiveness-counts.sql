-- How many deals there are to learn from, and why the others are left out. Grain: one row a reason, '' for the row set.
SELECT
  excluded AS reason, count() AS deals, countIf(is_successful) AS successful, count(success_score) AS scored,
  min(started_at) AS first_start
FROM insight_predictiveness_deals
GROUP BY excluded
