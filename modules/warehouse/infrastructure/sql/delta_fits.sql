-- Whether the table of a model's changes is there and has the model's columns after its own two. Grain: one row.
-- Parameters: name String
SELECT groupArrayIf(column, table = {name: String}) = groupArrayIf(column, table != {name: String} AND position > 2) AS fits
FROM (
  SELECT table, position, tuple(name, type) AS column
  FROM system.columns
  WHERE database = currentDatabase() AND table IN ({name: String}, concat('delta_', {name: String}))
  ORDER BY table, position
)
