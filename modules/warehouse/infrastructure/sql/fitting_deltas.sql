-- Models whose table of changes is there and has the model's columns after its own two. Grain: one row a model.
-- Parameters: names Array(String)
SELECT model AS name
FROM (
  SELECT
    replaceRegexpOne(table, '^delta_', '') AS model,
    startsWith(table, 'delta_') AS is_delta,
    tuple(toInt64(position) - if(is_delta, 2, 0), name, type) AS column
  FROM system.columns
  WHERE database = currentDatabase() AND model IN {names: Array(String)}
)
GROUP BY model
HAVING countIf(is_delta) > 0 AND arraySort(groupArrayIf(column, NOT is_delta)) = arraySort(groupArrayIf(column, is_delta AND column.1 > 0))
