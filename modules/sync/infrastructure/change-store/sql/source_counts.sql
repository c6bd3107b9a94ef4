-- What a difference has to look at. Grain: one row. Filled: source, difference, wanted (condition of the selection). Parameters: sync String, and those of wanted.
SELECT (SELECT count() FROM {{source}} AS m WHERE {{wanted}}) AS model,
  (SELECT countIf(op = 'insert') FROM {{difference}}) AS inserts,
  (SELECT countIf(op = 'update') FROM {{difference}}) AS updates,
  (SELECT countIf(op = 'delete') FROM {{difference}}) AS gone,
  (SELECT countIf(op = 'reject') FROM {{difference}}) AS unsendable,
  (SELECT count() FROM sync_row_rejects FINAL WHERE sync = {sync: String} AND isNull(resolved_at)) AS refused
