-- Staged rows into the target; a row that is already equal is not written, so that as_of keeps the time of its last change.
-- Grain: one row of counts. Filled: table, columns, keys, assignments, current, incoming (compared columns).
-- xmax is 0 only for a row version that this statement inserted. Key order keeps two writers from locking crosswise.
WITH merged AS (
  INSERT INTO {{table}} AS t ({{columns}})
  SELECT {{columns}} FROM sync_rows ORDER BY {{keys}}
  ON CONFLICT ({{keys}}) DO UPDATE SET {{assignments}}
  WHERE ({{current}}) IS DISTINCT FROM ({{incoming}})
  RETURNING (t.xmax = 0) AS inserted
)
SELECT count(*) FILTER (WHERE inserted) AS inserted, count(*) FILTER (WHERE NOT inserted) AS updated FROM merged
