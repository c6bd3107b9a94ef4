// Takes our properties and labels off nodes of the product; the nodes stay. Part of write_fenced.cypher.
// Grain: matched node. Filled: label, key, ours, removals. Parameters: rows.
UNWIND $rows AS row
MATCH (e:{{label}} {{key}})
WITH row, e, CASE WHEN {{ours}} THEN 'delete' ELSE 'unchanged' END AS action
REMOVE {{removals}}
