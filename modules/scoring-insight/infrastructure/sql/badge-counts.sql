-- How many entities hold a badge now. Grain: one row a badge and level.
SELECT badge, level, count() AS entities, max(as_of) AS latest
FROM insight_entity_badges
GROUP BY badge, level
ORDER BY badge, level
