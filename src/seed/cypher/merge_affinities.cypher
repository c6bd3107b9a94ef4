// Current affinity of a pair. Grain: one relationship per ordered pair.
// Parameters: $rows list of {entity1Id, entity2Id: string (uuid), score: float 0..100, computedAt: string (ISO instant, UTC)}.
UNWIND $rows AS row
MATCH (a:Entity {id: row.entity1Id})
MATCH (b:Entity {id: row.entity2Id})
MERGE (a)-[r:AFFINITY]->(b)
SET r.score = row.score, r.computedAt = datetime(row.computedAt)
