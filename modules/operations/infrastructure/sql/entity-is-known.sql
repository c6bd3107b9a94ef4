-- Whether the role in force sees anything about an entity: every entity has benchmark rows, withheld figures included.
-- Grain: one row. $1 uuid entity id
SELECT EXISTS (SELECT FROM insights.entity_benchmarks WHERE entity_id = $1::uuid)
    OR EXISTS (SELECT FROM insights.entity_badges WHERE entity_id = $1::uuid) AS known
