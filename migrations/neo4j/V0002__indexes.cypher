// The embedded engine makes no index for a constraint, and MERGE without one is quadratic. On Neo4j the constraint has
// its index already and these do nothing; that needs the constraints first.
CREATE INDEX entity_id_index IF NOT EXISTS FOR (e:Entity) ON (e.id);

CREATE INDEX trend_id_index IF NOT EXISTS FOR (t:Trend) ON (t.id);

CREATE INDEX affinity_model_version_index IF NOT EXISTS FOR (m:AffinityModel) ON (m.version);
