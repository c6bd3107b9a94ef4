-- Cursor and position that the last confirmed load of a source left. Grain: at most one row.
-- Parameters: source String
SELECT argMax(tuple(cursor), confirmed_at).1 AS cursor, max(changed_at) AS changed_at
FROM raw_cursors
WHERE source = {source: String}
GROUP BY source
