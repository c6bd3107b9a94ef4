-- Badges that an entity shows today.
SELECT badge, level, awarded_at, expires_at
FROM insights.entity_badges
WHERE entity_id = '00000000-0000-4000-8000-000000000001' AND expires_at > now();
