-- Which members got the most attention in the last year? Grain: one row a member, the first 20.
SELECT toString(entity_id) AS member, sum(activities) AS attention
FROM agg_member_months
WHERE month >= '2025-06-01'
GROUP BY member
ORDER BY attention DESC, member
LIMIT 20
