-- Months with new, changed or removed activities.
SELECT intDiv(activity_date_key, 100) AS key FROM {{ delta(fact_user_activity) }}
