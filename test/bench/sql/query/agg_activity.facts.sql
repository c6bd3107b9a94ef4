-- The question of agg_activity.sql over the facts.
SELECT intDiv(activity_date_key, 100) AS month_key, activity_type, count() AS activities
FROM fact_user_activity
GROUP BY month_key, activity_type
ORDER BY month_key, activity_type
