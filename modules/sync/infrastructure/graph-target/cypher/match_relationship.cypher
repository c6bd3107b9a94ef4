// Relationships that exist; any other row is not answered. Part of write_fenced.cypher.
// Grain: matched relationship. Filled: label, property, type, from, to, action, assignments. Parameters: rows.
UNWIND $rows AS row
MATCH (a:{{label}} {{{property}}: {{from}}})-[e:{{type}}]->(b:{{label}} {{{property}}: {{to}}})
WITH row, e, {{action}} AS action
FOREACH (ignored IN CASE WHEN action = 'unchanged' THEN [] ELSE [1] END | SET {{assignments}})
