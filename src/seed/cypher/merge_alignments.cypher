// Which entity rides which trend. Grain: one relationship per entity and trend.
// Parameters: $rows list of {entityId, trendId: string (uuid), strength: float 0..1, since: string (ISO instant, UTC)}.
UNWIND $rows AS row
MATCH (entity:Entity {id: row.entityId})
MATCH (trend:Trend {id: row.trendId})
MERGE (entity)-[r:ALIGNED_WITH]->(trend)
SET r.strength = row.strength, r.since = datetime(row.since)
