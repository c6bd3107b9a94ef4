-- Grain: one row per day and activity type.
SELECT activity_date_key AS date_key, activity_type, count() AS activities, uniqExact(user_key) AS users
FROM fact_user_activity
GROUP BY date_key, activity_type
