-- The question of agg_member_cohort.sql over the facts.
WITH
  members AS (
    SELECT entity_id, toDate32(toStartOfMonth(created_at)) AS cohort
    FROM dim_entity
    WHERE is_current AND entity_type = 'member' AND entity_key != 0 AND toYear(created_at) IN (2023, 2024)
  ),
  signs AS (
    SELECT target_entity_key AS entity_key, activity_date_key AS date_key FROM fact_user_activity WHERE activity_date_key >= 20230101
    UNION ALL
    SELECT arrayJoin([entity1_key, entity2_key]), created_date_key FROM fact_partnerships WHERE NOT is_deleted AND created_date_key >= 20230101
    UNION ALL
    SELECT arrayJoin([p.entity1_key, p.entity2_key]), e.event_date_key
    FROM fact_deal_events AS e
    INNER JOIN fact_partnerships AS p ON p.partnership_key = e.partnership_key
    WHERE NOT p.is_deleted AND e.event_date_key >= 20230101
  )
SELECT toString(m.cohort) AS cohort, toUInt32(dateDiff('month', m.cohort, makeDate32(intDiv(s.month_key, 100), s.month_key % 100, 1))) AS months, toUInt32(uniqExact(m.entity_id)) AS active_members
FROM (SELECT DISTINCT entity_key, intDiv(date_key, 100) AS month_key FROM signs) AS s
INNER JOIN (SELECT entity_key, entity_id FROM dim_entity) AS e ON e.entity_key = s.entity_key
INNER JOIN members AS m ON m.entity_id = e.entity_id
WHERE s.month_key >= toUInt32(toYYYYMM(m.cohort)) AND months <= 12
GROUP BY m.cohort, months
ORDER BY cohort, months
