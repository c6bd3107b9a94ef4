-- What the tables of each part stand on. Grain: part.
SELECT part, tables, method, code_version, window_from, window_to, seed, n, warnings, as_of
FROM insight_results
ORDER BY part
