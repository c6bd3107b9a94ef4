-- What do people do, month by month over ten years? Grain: one row a month and activity type.
SELECT intDiv(date_key, 100) AS month_key, activity_type, sum(activities) AS activities
FROM agg_activity
GROUP BY month_key, activity_type
ORDER BY month_key, activity_type
