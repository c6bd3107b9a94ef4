// Deletes our relationships; their nodes stay. Part of write_fenced.cypher.
// Grain: matched relationship. Filled: label, property, type, from, to. Parameters: rows.
UNWIND $rows AS row
MATCH (a:{{label}} {{{property}}: {{from}}})-[e:{{type}}]->(b:{{label}} {{{property}}: {{to}}})
WITH row, e, 'delete' AS action
DELETE e
