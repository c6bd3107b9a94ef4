-- What a difference has to look at. Grain: one row. Filled: source, odd. Parameters: sync String.
SELECT (SELECT count() FROM {{source}}) AS model,
  (SELECT countIf(copies = 0) FROM {{odd}}) AS gone,
  (SELECT countIf(copies > 0) FROM {{odd}}) AS unsendable,
  (SELECT count() FROM sync_row_rejects FINAL WHERE sync = {sync: String} AND isNull(resolved_at)) AS refused
