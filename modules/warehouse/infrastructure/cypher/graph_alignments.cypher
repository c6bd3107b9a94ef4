// Source graph_alignments: one row per (:Entity)-[:ALIGNED_WITH]->(:Trend), paged by entity id (all rows of an entity in one page);
// an entity without a relationship has one row, related = false. Rows end with the highest id of the page.
// Parameters: after (string, last entity id of the page before), limit (integer, entities a page)
MATCH (e:Entity) WHERE e.id > $after
WITH e ORDER BY e.id LIMIT $limit
OPTIONAL MATCH (e)-[r:ALIGNED_WITH]->(t:Trend)
RETURN e.id AS entity_id, t.id AS trend_id, r.strength AS strength, r.since AS since, r IS NOT NULL AS related
ORDER BY entity_id
