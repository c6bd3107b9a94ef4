-- Current badges of an entity that the role in force may see. Grain: badge. $1 uuid entity id
SELECT badge, level, awarded_at, expires_at, evidence, as_of
FROM insights.entity_badges
WHERE entity_id = $1::uuid
ORDER BY badge
