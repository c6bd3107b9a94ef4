-- error | dim_entity | Every entity has exactly one current version.
SELECT toString(entity_id) AS record
FROM dim_entity
GROUP BY entity_id
HAVING countIf(is_current) != 1
