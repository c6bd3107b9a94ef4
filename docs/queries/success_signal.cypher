// What two partners achieved together. The relationship runs from the smaller id to the larger, so ask without a direction.
MATCH (a:Entity {id: '00000000-0000-4000-8000-000000000001'})-[s:SUCCESS_SIGNAL]-(b:Entity)
RETURN b.id AS partner, s.partnerships AS partnerships, s.successes AS successes, s.rate AS rate
ORDER BY partnerships DESC
LIMIT 20
