-- What the last confirmed load of a source left: cursor, rules under which all of it was read, position, and when.
-- Grain: at most one row. Parameters: source String
SELECT cursor, rules, changed_at, confirmed_at
FROM raw_cursors
WHERE source = {source: String}
ORDER BY confirmed_at DESC, changed_at DESC
LIMIT 1
