// What the graph holds for some pairs and what a write would do. Grain: matched relationship.
// Filled: label, property, type, from, to, ours, action, present, changes. Parameters: rows [{seq integer, to: {property: value}}].
UNWIND $rows AS row
MATCH (a:{{label}} {{{property}}: {{from}}})-[e:{{type}}]->(b:{{label}} {{{property}}: {{to}}})
WITH row, e, a, b, true AS there
RETURN row.seq AS seq, {{ours}} AS ours, {{action}} AS action, [{{present}}] AS present, [{{changes}}] AS changes
