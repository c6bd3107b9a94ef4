// Source graph_alignments, the rows that no page holds: those of entities whose id is absent, empty or no text. They end in the rejects.
MATCH (e:Entity)-[r:ALIGNED_WITH]->(t:Trend) WHERE NOT coalesce(e.id > '', false)
RETURN e.id AS entity_id, t.id AS trend_id, r.strength AS strength, r.since AS since, true AS related
