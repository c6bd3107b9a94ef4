// Relationships between nodes that exist; a row without both nodes is not answered. Part of write_fenced.cypher.
// Grain: matched pair. Filled: label, property, type, from, to, action, assignments. Parameters: rows.
UNWIND $rows AS row
MATCH (a:{{label}} {{{property}}: {{from}}})
MATCH (b:{{label}} {{{property}}: {{to}}})
WITH row, a, b, EXISTS { MATCH (a)-[:{{type}}]->(b) } AS there
MERGE (a)-[e:{{type}}]->(b)
WITH row, e, {{action}} AS action
FOREACH (ignored IN CASE WHEN action = 'unchanged' THEN [] ELSE [1] END | SET {{assignments}})
