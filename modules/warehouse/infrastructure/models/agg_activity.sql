-- Grain: one row per day (UTC) and activity type. activities: all of them. users: distinct known users; anonymous: activities of
-- users nobody knows (key 0, which may be many users). Users of several days or types cannot be added up.
-- Expected rows at 100 M events over 10 years: days * types, some 30,000.
SELECT
  activity_date_key AS date_key,
  activity_type,
  count() AS activities,
  uniqExactIf(user_key, user_key != 0) AS users,
  countIf(user_key = 0) AS anonymous
FROM fact_user_activity
WHERE {{ changed(activity_date_key) }}
GROUP BY date_key, activity_type
