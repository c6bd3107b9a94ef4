// What the graph holds for some rows and what a write would do. Grain: matched node; present and changes by mapped column.
// Filled: label, key, ours, action, present, changes. Parameters: rows [{seq integer, to: {property: value}}].
UNWIND $rows AS row
MATCH (e:{{label}} {{key}})
WITH row, e, true AS there
RETURN row.seq AS seq, {{ours}} AS ours, {{action}} AS action, [{{present}}] AS present, [{{changes}}] AS changes
