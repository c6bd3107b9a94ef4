-- Days with new, changed or removed activities.
SELECT activity_date_key AS key FROM {{ delta(fact_user_activity) }}
