-- Grain: one row per month (yyyymm, UTC) and entity version that activity was aimed at; none for activity aimed at nobody we know.
-- Keeps the questions about members away from the fact. Expected rows at 100 M events over 10 years: months * entities that were
-- looked at in them, some 3 M for 25,000 of them.
SELECT
  intDiv(activity_date_key, 100) AS month_key,
  target_entity_key AS entity_key,
  toUInt32(count()) AS activities
FROM fact_user_activity
WHERE target_entity_key != 0 AND {{ changed(month_key) }}
GROUP BY month_key, entity_key
