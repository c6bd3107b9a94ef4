// Nodes of our own, created when missing. Part of write_fenced.cypher.
// Grain: row. Filled: label, key, action, assignments. Parameters: rows.
UNWIND $rows AS row
WITH row, EXISTS { MATCH (present:{{label}} {{key}}) } AS there
MERGE (e:{{label}} {{key}})
WITH row, e, {{action}} AS action
FOREACH (ignored IN CASE WHEN action = 'unchanged' THEN [] ELSE [1] END | SET {{assignments}})
