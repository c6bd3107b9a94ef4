// One node per key, for the nodes that this service reads and writes. Schema and data never share a file: Neo4j does
// not mix them in one transaction.
CREATE CONSTRAINT entity_id IF NOT EXISTS FOR (e:Entity) REQUIRE e.id IS UNIQUE;

CREATE CONSTRAINT trend_id IF NOT EXISTS FOR (t:Trend) REQUIRE t.id IS UNIQUE;

CREATE CONSTRAINT affinity_model_version IF NOT EXISTS FOR (m:AffinityModel) REQUIRE m.version IS UNIQUE;
