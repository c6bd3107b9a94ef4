-- Last confirmed cursor of a source; no row when it was confirmed under other rules. Grain: at most one row.
-- Parameters: source String, rules String
SELECT argMax(tuple(cursor), confirmed_at).1 AS cursor
FROM raw_cursors
WHERE source = {source: String}
GROUP BY source
HAVING argMax(rules, confirmed_at) = {rules: String}
