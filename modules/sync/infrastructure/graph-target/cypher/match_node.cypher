// Sets our properties and labels on nodes that exist; a row without its node is not answered. Part of write_fenced.cypher.
// Grain: matched node. Filled: label, key, action, assignments. Parameters: rows.
UNWIND $rows AS row
MATCH (e:{{label}} {{key}})
WITH row, e, {{action}} AS action
FOREACH (ignored IN CASE WHEN action = 'unchanged' THEN [] ELSE [1] END | SET {{assignments}})
