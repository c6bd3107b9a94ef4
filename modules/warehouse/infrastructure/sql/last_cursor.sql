-- Last confirmed cursor of a source. Grain: at most one row. Parameter: source String
SELECT argMax(cursor, confirmed_at) AS cursor
FROM raw_cursors
WHERE source = {source: String}
GROUP BY source
