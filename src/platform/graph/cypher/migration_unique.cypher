// The history has one node per migration, however many processes migrate at once. Schema change, no parameters.
CREATE CONSTRAINT insights_migration_name IF NOT EXISTS FOR (m:_InsightsMigration) REQUIRE m.name IS UNIQUE
