-- Bytes on disk of the active parts by table; the benches' own tables apart. Grain: one row a table.
SELECT table, sum(rows) AS rows, sum(bytes_on_disk) AS bytes, sum(data_uncompressed_bytes) AS uncompressed, count() AS parts
FROM system.parts
WHERE database = currentDatabase() AND active AND match(table, '^(raw|dim|fact|agg|delta)_')
GROUP BY table
ORDER BY bytes DESC
