-- The rival: ClickHouse reads the same rows from Postgres itself. Parameters: address, database, table, user, password, schema String; rows Int64
INSERT INTO rival
SELECT *
FROM postgresql({address: String}, {database: String}, {table: String}, {user: String}, {password: String}, {schema: String})
WHERE id <= {rows: Int64}
