// Source graph_alignments: one row per (:Entity)-[:ALIGNED_WITH]->(:Trend), paged by entity id (all rows of an entity in one page).
// Parameters: after (string, last entity id of the page before), limit (integer, entities a page)
MATCH (e:Entity) WHERE e.id > $after
WITH e ORDER BY e.id LIMIT $limit
OPTIONAL MATCH (e)-[r:ALIGNED_WITH]->(t:Trend)
RETURN e.id AS entity_id, t.id AS trend_id, r.strength AS strength, toString(r.since) AS since
