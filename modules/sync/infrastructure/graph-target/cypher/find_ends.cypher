// Which pairs could have a relationship. Grain: row whose nodes both exist.
// Filled: label, property, from, to. Parameters: rows [{seq integer, to: {from, to}}].
UNWIND $rows AS row
MATCH (a:{{label}} {{{property}}: {{from}}})
MATCH (b:{{label}} {{{property}}: {{to}}})
RETURN DISTINCT row.seq AS seq
