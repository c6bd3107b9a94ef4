-- What a difference has to look at. Grain: one row. Filled: source, difference. Parameters: sync String.
SELECT (SELECT count() FROM {{source}}) AS model,
  (SELECT countIf(op = 'delete') FROM {{difference}}) AS gone,
  (SELECT countIf(op = 'reject') FROM {{difference}}) AS unsendable,
  (SELECT count() FROM sync_row_rejects FINAL WHERE sync = {sync: String} AND isNull(resolved_at)) AS refused
