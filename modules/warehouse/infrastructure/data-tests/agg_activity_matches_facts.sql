-- Days on which the aggregate has another number of activities than the facts. Grain: one row a day.
SELECT concat(toString(date_key), ': ', toString(counted), ' activities for ', toString(facts), ' facts') AS record
FROM (
  SELECT date_key, sum(activities) AS counted, sum(found) AS facts
  FROM (
    SELECT date_key, activities, 0 AS found FROM {{ this }} AS tested
    UNION ALL
    SELECT activity_date_key, 0, count() FROM fact_user_activity WHERE {{ changed(activity_date_key) }} GROUP BY activity_date_key
  )
  GROUP BY date_key
  HAVING counted != facts
)
