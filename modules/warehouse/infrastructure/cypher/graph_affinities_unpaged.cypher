// Source graph_affinities, the rows that no page holds: those of entities whose id is absent, empty or no text. They end in the rejects.
MATCH (e:Entity)-[r:AFFINITY]->(other:Entity) WHERE NOT coalesce(e.id > '', false)
RETURN e.id AS entity1_id, other.id AS entity2_id, r.score AS score, r.computedAt AS computed_at, true AS related
