-- Inserts into these tables of this database that the server is running. Grain: one row. Parameters: tables Array(String)
SELECT count() AS running
FROM system.processes
WHERE current_database = currentDatabase() AND arrayExists(name -> startsWith(query, concat('INSERT INTO ', name, ' ')), {tables: Array(String)})
