// Relationships between two nodes of the product. A row whose nodes do not both exist returns no row; an equal one is not written.
// Grain: matched row. Parameters: rows [{keyHash, to: {from, to, property: value}}]. Filled: label, property, type, differs, assignments.
UNWIND $rows AS row
MATCH (a:{{label}} {{{property}}: row.to.from})
MATCH (b:{{label}} {{{property}}: row.to.to})
MERGE (a)-[e:{{type}}]->(b)
WITH row, e, ({{differs}}) AS differs
FOREACH (ignored IN CASE WHEN differs THEN [1] ELSE [] END | SET {{assignments}})
RETURN row.keyHash AS keyHash, differs AS written
