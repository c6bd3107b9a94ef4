// Source graph_affinities: one row per (:Entity)-[:AFFINITY]->(:Entity), paged by the first entity's id; an entity without a
// relationship has one row, related = false. Rows end with the highest id of the page.
// Parameters: after (string, last entity id of the page before), limit (integer, entities a page)
MATCH (e:Entity) WHERE e.id > $after
WITH e ORDER BY e.id LIMIT $limit
OPTIONAL MATCH (e)-[r:AFFINITY]->(other:Entity)
RETURN e.id AS entity1_id, other.id AS entity2_id, r.score AS score, r.computedAt AS computed_at, r IS NOT NULL AS related
ORDER BY entity1_id
