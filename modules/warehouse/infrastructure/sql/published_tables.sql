-- The published tables with their build state (comment), rows, whether these expire, and columns. Grain: one row a table.
-- Parameters: names Array(String)
SELECT t.name AS name, t.comment AS comment, ifNull(t.total_rows, 0) AS rows, position(t.engine_full, ' TTL ') > 0 AS expires, c.columns AS columns
FROM system.tables AS t
INNER JOIN (
  SELECT table, arrayMap(column -> concat(column.2, ' ', column.3), arraySort(groupArray(tuple(position, name, type)))) AS columns
  FROM system.columns
  WHERE database = currentDatabase() AND table IN {names: Array(String)}
  GROUP BY table
) AS c ON c.table = t.name
WHERE t.database = currentDatabase() AND t.name IN {names: Array(String)}
