// Deletes our relationships; their nodes stay. Grain: matched relationship.
// Parameters: rows [{keyHash, to: {from, to}}]. Filled: label, property, type.
UNWIND $rows AS row
MATCH (a:{{label}} {{{property}}: row.to.from})-[e:{{type}}]->(b:{{label}} {{{property}}: row.to.to})
DELETE e
RETURN row.keyHash AS keyHash, true AS written
