// Source graph_affinities: one row per (:Entity)-[:AFFINITY]->(:Entity), paged by the first entity's id.
// Parameters: after (string), limit (integer, entities a page)
MATCH (e:Entity) WHERE e.id > $after
WITH e ORDER BY e.id LIMIT $limit
OPTIONAL MATCH (e)-[r:AFFINITY]->(other:Entity)
RETURN e.id AS entity1_id, other.id AS entity2_id, r.score AS score, toString(r.computedAt) AS computed_at
