// Migrations applied so far. Grain: one row per migration. No parameters.
MATCH (m:_InsightsMigration)
RETURN m.name AS name, m.checksum AS checksum
ORDER BY name
