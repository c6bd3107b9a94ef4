-- Entity ids without exactly one current version. Grain: one row a entity.
SELECT toString(entity_id) AS record
FROM {{ this }} AS tested
GROUP BY entity_id
HAVING countIf(is_current) != 1
