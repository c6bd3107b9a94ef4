-- The question of agg_member_months.sql over the facts.
SELECT toString(e.entity_id) AS member, count() AS attention
FROM fact_user_activity AS a
INNER JOIN dim_entity AS e ON e.entity_key = a.target_entity_key
INNER JOIN (SELECT entity_id, toYYYYMM(created_at) AS joined FROM dim_entity WHERE is_current AND entity_type = 'member' AND entity_key != 0) AS m ON m.entity_id = e.entity_id
WHERE a.activity_date_key >= 20250601 AND intDiv(a.activity_date_key, 100) >= m.joined
GROUP BY member
ORDER BY attention DESC, member
LIMIT 20
