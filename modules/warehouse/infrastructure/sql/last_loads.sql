-- The last confirmed load of each source and the position it left. Grain: one row a source.
SELECT source, max(c.confirmed_at) AS confirmed_at, max(c.changed_at) AS changed_at
FROM raw_cursors AS c
GROUP BY source
